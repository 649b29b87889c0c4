import { join } from "node:path";
import { ConfigurationError } from "../command/errors";

/** What a rehearsal is asked for, by environment variables. */
export interface Options {
  /** `STACK`: whose settings. @default "prod" */
  readonly stack: string;
  /** `ANOMALIES`: how many the database is filled with. @default 1000000 */
  readonly anomalies: number;
  /** `EXACT=1`: the stack's own values, not scaled to this machine. */
  readonly exact: boolean;
  /** `PORT`: where the service listens. @default any free port */
  readonly port: number | undefined;
}

/** Fewer say nothing of indexes; more take a day to make. */
const ANOMALIES = { least: 1000, most: 100_000_000 };
const DEFAULT_ANOMALIES = "1000000";

const FLAG: Readonly<Record<string, boolean>> = { "": false, "0": false, "1": true };

/**
 * Reads the options; an empty variable is none.
 *
 * @throws ConfigurationError that names every one that is wrong
 */
export function readOptions(environment: NodeJS.ProcessEnv): Options {
  const { STACK, ANOMALIES: count, EXACT = "", PORT } = environment;
  const problems: string[] = [];
  const whole = (name: string, text: string, { least, most }: { least: number; most: number }): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) {
      problems.push(`${name}: found ${JSON.stringify(text)}; allowed: a whole number from ${least} to ${most}`);
    }
    return value;
  };
  const anomalies = whole("ANOMALIES", count || DEFAULT_ANOMALIES, ANOMALIES);
  const port = PORT ? whole("PORT", PORT, { least: 1, most: 65_535 }) : undefined;
  const exact = FLAG[EXACT];
  if (exact === undefined) problems.push(`EXACT: found ${JSON.stringify(EXACT)}; allowed: 1, or nothing`);
  if (problems.length > 0) throw new ConfigurationError("environment", problems);
  return { stack: STACK || "prod", anomalies, exact: exact === true, port };
}

/** Where the files of a rehearsal lie, without what tells them apart. */
export const reportPlace = (root: string, { stack, anomalies }: Options): string =>
  join(root, ".cache", "rehearsal", `${stack}-${anomalies}`);
