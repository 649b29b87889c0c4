import { type MeterName, meters } from "./price-list";

/** Prices of one region. */
export interface RegionPrices {
  /** Day on which they were read, `YYYY-MM-DD`. */
  readonly retrieved: string;
  /** By service, when AWS published what was read. */
  readonly published: Readonly<Record<string, string>>;
  /** On demand, without a discount, in USD, by key: see `meters` in `price-list.ts`. */
  readonly prices: Readonly<Record<string, number>>;
}

/** Prices by region. */
export type Prices = Readonly<Record<string, RegionPrices>>;

/** The file that `make prices` writes. */
export const PRICES_FILE = "sizing/data/prices.json";

/** The prices that `make prices` has read; undefined where it never has: no price is known from anywhere else. */
export function readPrices(): Prices | undefined {
  try {
    return (require("./data/prices.json") as { readonly regions: Prices }).regions;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

/** Key of a price: the meter, and what of it. */
export const priceKey = (meter: MeterName, ...of: readonly string[]): string => [meter, ...of].join("/");

/** The meter of a price's key. */
export function meterOf(key: string): (typeof meters)[MeterName] | undefined {
  return meters[key.split("/", 1)[0] as MeterName];
}
