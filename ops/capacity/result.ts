import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { RequestCost } from "../../sizing/demand";
import { ConfigurationError } from "../command/errors";

const Cell = z.object({
  kind: z.string(),
  server: z.string(),
  perRequest: z.object({
    cpu: z.number().nonnegative(),
    databaseCpu: z.number().nonnegative(),
    cacheCpu: z.number().nonnegative(),
    statements: z.number().nonnegative(),
  }),
});

const Result = z.object({
  date: z.iso.datetime(),
  machine: z.string(),
  rounds: z.array(z.array(Cell)).min(1),
});

/** What the API's benchmark measured of the service, and where. */
export interface Measured {
  /** Relative to the repository. */
  readonly file: string;
  readonly date: string;
  readonly machine: string;
  /** Median of the rounds, by kind of work. */
  readonly costs: ReadonlyMap<string, RequestCost>;
}

/** Of this machine, by `make bench-api`; not committed. */
const LOCAL = join(".cache", "bench-api.json");
const COMMITTED = join("bench", "api", "results");

/**
 * Reads the newest result of the benchmark that has all of some kinds of work: this machine's own, or the one that the repository
 * has. A run of a part of the benchmark is passed over.
 *
 * @throws ConfigurationError that names the file and what is wrong in it
 */
export function readMeasured(root: string, kinds: readonly string[]): Measured {
  const committed = existsSync(join(root, COMMITTED)) ? readdirSync(join(root, COMMITTED)) : [];
  const files = [
    ...(existsSync(join(root, LOCAL)) ? [LOCAL] : []),
    ...committed.filter((file) => file.endsWith(".json")).map((file) => join(COMMITTED, file)),
  ];
  if (files.length === 0)
    throw new ConfigurationError(COMMITTED, ["found no result; allowed: one that make bench-api wrote"]);
  const all = files.map((file) => parsed(root, file));
  const results = all.filter(({ costs }) => kinds.every((kind) => costs.has(kind)));
  if (results.length === 0) {
    const found = all.map(({ file, costs }) => `${file}: ${[...costs.keys()].join(", ") || "nothing"}`);
    throw new ConfigurationError("benchmark", [
      `found no result with ${kinds.join(" and ")} (${found.join("; ")}); allowed: what make bench-api writes without --only`,
    ]);
  }
  return results.reduce((newest, result) => (result.date > newest.date ? result : newest));
}

function parsed(root: string, file: string): Measured {
  const { date, machine, rounds } = checked(root, file);
  const cells = rounds.flat().filter(({ server }) => server === "service");
  const costs = new Map(
    [...new Set(cells.map(({ kind }) => kind))].map((kind) => {
      const own = cells.filter((cell) => cell.kind === kind).map(({ perRequest }) => perRequest);
      const cost: RequestCost = {
        serviceMicros: median(own.map(({ cpu }) => cpu)),
        databaseMicros: median(own.map(({ databaseCpu }) => databaseCpu)),
        cacheMicros: median(own.map(({ cacheCpu }) => cacheCpu)),
        statements: median(own.map(({ statements }) => statements)),
      };
      return [kind, cost] as const;
    }),
  );
  return { file, date, machine, costs };
}

function checked(root: string, file: string): z.output<typeof Result> {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(join(root, file), "utf8"));
  } catch (error) {
    throw new ConfigurationError(file, [(error as Error).message]);
  }
  const result = Result.safeParse(json);
  if (result.success) return result.data;
  const problems = result.error.issues.slice(0, 3).map(({ path, message }) => `${path.join(".") || "it"}: ${message}`);
  throw new ConfigurationError(file, [`found no result of make bench-api: ${problems.join("; ")}`]);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
}
