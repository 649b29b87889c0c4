import { HOURS_PER_MONTH } from "../../sizing/price-list";
import { meterOf } from "../../sizing/prices";
import { isPriceKnown, quantities } from "./quantities";
import type { Stack, StackResource } from "./stack";
import { Undecided } from "./value";

/** What a stack costs by being there, in USD a month. What it costs by its use is `NOT_COUNTED`. */
export interface MonthlyCost {
  /** With the fewest nodes and the storage that it begins with. */
  readonly least: number;
  /** With the most nodes and storage. */
  readonly most: number;
  /** The days whose prices these are, by region. */
  readonly dates: Readonly<Record<string, string>>;
  /** What is not in the sums since nobody knows its price: never taken as nothing. */
  readonly unpriced: readonly string[];
}

/** The cost by the prices that the stack is judged by; undefined where none have been read. */
export function monthlyCost(stack: Stack): MonthlyCost | undefined {
  const { prices } = stack;
  if (prices === undefined) {
    return undefined;
  }
  let [least, most] = [0, 0];
  const dates: Record<string, string> = {};
  const unpriced = new Map<string, string[]>();
  const miss = (what: string, { name }: StackResource) => {
    unpriced.set(what, [...(unpriced.get(what) ?? []), name]);
  };
  const add = (resource: StackResource): void => {
    if (!isPriceKnown(resource.type)) {
      miss(resource.type, resource);
      return;
    }
    const region = regionOf(resource);
    const known = prices[region];
    for (const { key, ...amount } of quantities.get(resource.type)?.(resource, stack) ?? []) {
      const meter = meterOf(key);
      const price = known?.prices[key];
      if (meter === undefined || price === undefined) {
        miss(known === undefined ? `any price of ${region}` : key, resource);
      } else {
        const monthly = price * (meter.per === "hour" ? HOURS_PER_MONTH : 1);
        least += monthly * amount.least;
        most += monthly * amount.most;
        dates[region] = known?.retrieved ?? "";
      }
    }
  };
  for (const resource of stack.resources) {
    try {
      add(resource);
    } catch (error) {
      if (!(error instanceof Undecided)) {
        throw error;
      }
      miss(error.path, resource);
    }
  }
  return { least: cents(least), most: cents(most), dates, unpriced: [...unpriced].map(listed) };
}

function regionOf({ props, provider }: StackResource): string {
  return props.at("region").string() ?? provider?.at("region").string() ?? "an unknown region";
}

/** Resources that a message names of those that share a lack. */
const NAMED = 3;

function listed([what, names]: readonly [string, readonly string[]]): string {
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  return `${what} (${names.slice(0, NAMED).join(", ")}${more})`;
}

const cents = (usd: number): number => Math.round(usd * 100) / 100;

/** An amount as messages write it: `1,234.50 USD`. */
export const usd = (amount: number): string =>
  `${amount.toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })} USD`;

/** Whose prices of which day: `us-east-1 of 2026-11-23`. */
export const datesText = (dates: MonthlyCost["dates"]): string =>
  Object.entries(dates)
    .map(([region, day]) => `${region} of ${day}`)
    .join(", ");
