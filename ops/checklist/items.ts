import type { ChecklistItem } from "./item";
import { applicationItems } from "./items/application";
import { databaseItems } from "./items/database";
import { infrastructureItems } from "./items/infrastructure";
import { monitoringItems } from "./items/monitoring";

/** Every item of the guide's checklist, in its order. */
export const ITEMS: readonly ChecklistItem[] = [
  ...databaseItems,
  ...applicationItems,
  ...infrastructureItems,
  ...monitoringItems,
];
