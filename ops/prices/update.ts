import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { PRICE_LIST } from "../../sizing/price-list";
import type { Prices } from "../../sizing/prices";
import { readPriceList } from "./price-list";

/** Where prices come from and on which day. */
export interface Occasion {
  /** Address of the price list. @default AWS's */
  readonly base?: string;
  readonly today: Date;
}

/**
 * Reads a region's prices into a file, beside those of other regions that it has. The file is replaced whole, and only once all has been read.
 *
 * @param file absolute path
 * @param progress told what is being done
 * @returns what the price list has no clear price of
 * @throws PriceListError when the list can't be read; the file stays as it is
 */
export async function updatePrices(
  file: string,
  region: string,
  { base = PRICE_LIST, today }: Occasion,
  progress: (what: string) => void,
): Promise<readonly string[]> {
  const { missing, published, prices } = await readPriceList(base, region, progress);
  const retrieved = today.toISOString().slice(0, 10);
  const regions: Prices = { ...known(file), [region]: { retrieved, published, prices } };
  const sorted = Object.fromEntries(Object.entries(regions).sort(([a], [b]) => (a < b ? -1 : 1)));
  const document = { source: `${base}, AWS Price List Bulk API; on demand, USD`, regions: sorted };
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, `${JSON.stringify(document, null, 2)}\n`);
  renameSync(unfinished, file);
  return missing;
}

function known(file: string): Prices {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { readonly regions: Prices }).regions : {};
}
