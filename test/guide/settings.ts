import { APPLICATION } from "./settings/application";
import { CACHING } from "./settings/caching";
import { CHECKLISTS } from "./settings/checklists";
import { DATABASE } from "./settings/database";
import { INFRASTRUCTURE } from "./settings/infrastructure";
import { LOAD_BALANCING } from "./settings/load-balancing";
import { MONITORING } from "./settings/monitoring";
import { OVERVIEW } from "./settings/overview";
import type { Sections } from "./settings/sections";

/** The settings of the guide's infrastructure sections: a copy, so that the map can be held against the guide without it at hand. */
export const GUIDE: Sections = {
  ...OVERVIEW,
  ...DATABASE,
  ...APPLICATION,
  ...INFRASTRUCTURE,
  ...CACHING,
  ...LOAD_BALANCING,
  ...MONITORING,
  ...CHECKLISTS,
};
