import { pipeline, Readable } from "node:stream";
import { parse } from "csv-parse";
import { z } from "zod";
import { type Meter, meters, PRICE_LIST_FORMAT, type PriceRow } from "../../sizing/price-list";
import type { RegionPrices } from "../../sizing/prices";

/** The price list could not be had, or is not what it was. */
export class PriceListError extends Error {
  override readonly name = "PriceListError";
}

const format = z.literal(PRICE_LIST_FORMAT);
const path = z.string().startsWith("/");
const offersSchema = z.object({
  formatVersion: format,
  offers: z.record(z.string(), z.object({ currentRegionIndexUrl: path.optional() })),
});
const regionsSchema = z.object({
  formatVersion: format,
  regions: z.record(z.string(), z.object({ currentVersionUrl: path })),
});

/** The prices of one thing from an amount on; more than one, where the list is not clear. */
interface Tier {
  readonly from: number;
  readonly prices: ReadonlySet<number>;
}

/** What a list's reading came to. */
export interface Read extends Omit<RegionPrices, "retrieved"> {
  /** What of the meters the list has no price, or several: none is taken then. */
  readonly missing: readonly string[];
}

/**
 * Reads a region's prices from AWS's price list (AWS Billing, "Reading the price list files"): the index of services, of each service its
 * index of regions, and the region's list as CSV, row by row, since EC2's alone has hundreds of megabytes.
 *
 * @param base address of the price list
 * @param progress told what is being done
 * @throws PriceListError when something of it can't be had or is not understood; then nothing is
 */
export async function readPriceList(base: string, region: string, progress: (what: string) => void): Promise<Read> {
  const { offers } = await index(base, "/offers/v1.0/aws/index.json", offersSchema);
  const found = new Map<string, Tier>();
  const published: Record<string, string> = {};
  for (const offer of new Set(Object.values(meters).map((meter: Meter) => meter.offer))) {
    const regionsPath = offers[offer]?.currentRegionIndexUrl;
    if (regionsPath === undefined) throw new PriceListError(`${base} lists no prices of ${offer} by region`);
    const { regions } = await index(base, regionsPath, regionsSchema);
    const list = regions[region]?.currentVersionUrl;
    if (list === undefined) throw new PriceListError(`${base}${regionsPath} has no region ${region}`);
    const url = base + list.replace(/\.json$/, ".csv");
    progress(`${offer}: ${url}`);
    published[offer] = await readOffer(url, offer, found);
  }
  return { published, ...settled(found) };
}

async function index<S extends z.ZodType>(base: string, path: string, schema: S): Promise<z.output<S>> {
  const url = base + path;
  const response = await get(url);
  let document: unknown;
  try {
    document = await response.json();
  } catch (error) {
    throw new PriceListError(`${url} is no whole JSON document: ${reason(error)}`);
  }
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new PriceListError(`${url} is not what this reads: ${issue?.path.join(".")}: ${issue?.message}`);
}

/** Adds a list's prices to what was found; returns when AWS published it. */
async function readOffer(url: string, offer: string, found: Map<string, Tier>): Promise<string> {
  const own = Object.entries(meters).filter(([, meter]) => meter.offer === offer) as [string, Meter][];
  const response = await get(url);
  if (response.body === null) throw new PriceListError(`${url} is empty`);
  const rows = pipeline(Readable.fromWeb(response.body), parse({ relax_column_count: true }), () => undefined);
  const facts = new Map<string, string>();
  let columns: ReadonlyMap<string, number> | undefined;
  let width = 0;
  let prices = 0;
  try {
    for await (const cells of rows as AsyncIterable<string[]>) {
      if (columns === undefined) {
        if (cells[0] !== "SKU") {
          facts.set(cells[0] ?? "", cells[1] ?? "");
          continue;
        }
        check(url, facts);
        width = cells.length;
        columns = new Map(cells.map((name, at) => [name.toLowerCase().replace(/[^a-z0-9]/g, ""), at]));
        continue;
      }
      if (cells.length !== width) throw new PriceListError(`${url} ends, or breaks, in the middle of a row`);
      const places = columns;
      const row: PriceRow = (column) => cells[places.get(column) ?? -1] ?? "";
      prices += collect(row, own, found);
    }
  } catch (error) {
    if (error instanceof PriceListError) throw error;
    throw new PriceListError(`${url} could not be read to its end: ${reason(error)}`);
  }
  if (columns === undefined) throw new PriceListError(`${url} is no price list: it has no row of columns`);
  if (prices === 0) throw new PriceListError(`${url} has no price of ${own.map(([name]) => name).join(", ")}`);
  return facts.get("Publication Date") ?? "";
}

function check(url: string, facts: ReadonlyMap<string, string>): void {
  const version = facts.get("FormatVersion");
  if (version !== PRICE_LIST_FORMAT) {
    throw new PriceListError(`${url} has format ${version ?? "of no version"}; this reads ${PRICE_LIST_FORMAT}`);
  }
}

/** Takes what a row says, where it is the price on demand of a meter: of several tiers the first that is not free. */
function collect(row: PriceRow, own: readonly [string, Meter][], found: Map<string, Tier>): number {
  if (row("termtype") !== "OnDemand" || row("currency") !== "USD") return 0;
  const price = Number(row("priceperunit"));
  if (!(price > 0)) return 0;
  let taken = 0;
  for (const [name, meter] of own) {
    const of = meter.of(row);
    if (of === undefined) continue;
    const key = of === "" ? name : `${name}/${of}`;
    const from = Number(row("startingrange")) || 0;
    const known = found.get(key);
    if (known === undefined || from < known.from) found.set(key, { from, prices: new Set([price]) });
    else if (from === known.from) found.set(key, { from, prices: new Set([...known.prices, price]) });
    taken += 1;
  }
  return taken;
}

/** Prices without doubt; where the list has two for one thing, neither is taken. */
function settled(found: ReadonlyMap<string, Tier>): Pick<Read, "prices" | "missing"> {
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  const single = sorted.flatMap(([key, { prices }]) =>
    prices.size === 1 ? [...prices].map((price) => [key, price]) : [],
  );
  const doubtful = sorted.filter(([, { prices }]) => prices.size > 1).map(([key]) => `${key} (several prices)`);
  const met = new Set(sorted.map(([key]) => key.split("/", 1)[0]));
  const absent = Object.keys(meters).filter((name) => !met.has(name));
  return { prices: Object.fromEntries(single), missing: [...absent, ...doubtful] };
}

async function get(url: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new PriceListError(`${url} cannot be reached: ${reason(error)}`);
  }
  if (!response.ok) throw new PriceListError(`${url} answered ${response.status} ${response.statusText}`.trimEnd());
  return response;
}

/** What went wrong; `fetch` itself says only that something did. */
function reason(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== "" ? cause.message : message;
}
