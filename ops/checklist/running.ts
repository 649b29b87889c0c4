import type { Configuration } from "../../settings";
import { expectedDatabase } from "../../sizing/expected";
import { databaseAddress, readDatabase } from "./sources/database";
import { httpAddress } from "./sources/http";
import { loadTest } from "./sources/load";
import { readMetrics } from "./sources/metrics";
import type { Reading } from "./sources/reading";
import { readService } from "./sources/service";
import type { Running } from "./subject";

/** Addresses as they were given. */
export interface GivenAddresses {
  readonly url?: string;
  readonly "metrics-url"?: string;
  readonly "database-url"?: string;
  readonly "cache-url"?: string;
  /** The file of a load test's report. */
  readonly report?: string;
}

/** Addresses that have been understood. */
export type GivenParts = ReturnType<typeof givenParts>;

/**
 * Understands the addresses of what runs, before anything is asked.
 *
 * @throws ConfigurationError that names the variable, and repeats no password
 */
export function givenParts(given: GivenAddresses) {
  const { url, "metrics-url": metrics, "database-url": database, "cache-url": cache, report } = given;
  return {
    service: url === undefined ? undefined : httpAddress("URL", url),
    metrics: metrics === undefined ? undefined : httpAddress("METRICS_URL", metrics),
    database: database === undefined ? undefined : databaseAddress(database),
    cache: cache === undefined ? undefined : cacheSource().cacheAddress(cache),
    "load test": report === undefined ? undefined : loadTest(report),
  };
}

/** Its client is installed with what the service needs, and not for a look at the stack alone. */
const cacheSource = () => require("./sources/cache") as typeof import("./sources/cache");

/** Looks at all parts that are given, at once; each has an end of its own. */
export async function readRunning(
  root: string,
  given: GivenParts,
  { settings, plan }: Configuration,
  tell: (what: string) => void,
): Promise<Running> {
  const { service, metrics, database, cache, "load test": load } = given;
  const names = Object.entries(given).flatMap(([name, address]) => (address === undefined ? [] : name));
  if (names.length > 0) tell(`looking at ${names.join(", ")}`);
  const absent: Reading<never> = { kind: "absent" };
  const expected = expectedDatabase(plan.database, settings.databaseEngineVersion);
  const [serviceRead, metricsRead, databaseRead, cacheRead] = await Promise.all([
    service === undefined ? absent : readService(service),
    metrics === undefined ? absent : readMetrics(metrics),
    database === undefined ? absent : readDatabase(root, database, expected),
    cache === undefined ? absent : cacheSource().readCache(cache),
  ]);
  const loadRead: Running["load test"] = load === undefined ? absent : { kind: "read", facts: load };
  return {
    service: serviceRead,
    metrics: metricsRead,
    database: databaseRead,
    cache: cacheRead,
    "load test": loadRead,
  };
}
