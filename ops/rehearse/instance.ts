/** One rehearsal, in the folder that is its last argument: main.ts started it, and cleans up behind it. */
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import type { Stack } from "../../app/local/stack.ts";
import { ExitCode } from "../preview/errors";
import { loadModules, type Modules } from "./modules";
import { readOptions } from "./options";
import { type Plan, readPlan } from "./plan";
import { planText } from "./plan-text";
import { publish } from "./publish";
import { DEFAULTS, type Result, TUNED } from "./result";
import { startService } from "./service";
import { targetVerdicts } from "./verdicts";

const root = join(__dirname, "..", "..");

/** Rounds of the comparison with default parameters. */
const ROUNDS = 3;

/** Connections that make the mixed load: several to a CPU, as pods are. */
const CONNECTIONS = 8;

/** Operations of one side in a round, for so many anomalies. */
const operations = (anomalies: number) => Math.min(6000, Math.max(400, Math.round(anomalies / 50)));

/** Executions of a query on its own. */
const executions = (anomalies: number) => Math.min(100, Math.max(10, Math.round(anomalies / 1000)));

async function main(): Promise<void> {
  // A reader that has seen enough (`| head`) is no error, and changes no verdict.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  const folder = process.argv.at(-1) ?? "";
  const modules = await loadModules();
  const asked = modules.whenAsked();
  const plan = readPlan(root, readOptions(process.env));
  console.log(planText(plan));
  const { database, cache } = plan.sizing;
  const progress = stopwatch();
  const stack = await modules.startStack({
    postgresParameters: tuned(plan),
    redisArguments: [
      ...["--maxmemory", String(cache.maxMemoryBytes)],
      ...cache.parameters.flatMap(({ name, value }) => [`--${name}`, value]),
    ],
  });
  try {
    progress(`PostgreSQL with ${database.parameters.length} parameters, and Redis, are up; the schema is there`);
    const rehearsed = asked.already() ? undefined : rehearse(plan, stack, modules, progress);
    // When the servers are stopped, it fails where it is.
    rehearsed?.catch(() => undefined);
    const result = await Promise.race([rehearsed, asked.promise]);
    if (!result || asked.already()) return;
    const verdicts = targetVerdicts(result);
    publish(root, result, verdicts);
    const sound = result.parameters.differences.length === 0 && verdicts.every(({ verdict }) => verdict !== "missed");
    process.exitCode = sound ? ExitCode.ok : ExitCode.violated;
  } finally {
    await stack.stop();
    modules.leave(folder);
  }
}

/** A server's parameters as the stack's group would set them. RDS keeps fsync on; a test's server has it off. */
const tuned = ({ sizing }: Plan): Record<string, string> => ({
  fsync: "on",
  ...Object.fromEntries(sizing.database.parameters.map(({ name, value }) => [name, value])),
});

/** What PostgreSQL has by itself, but for the library that counts statements on either side. */
const defaults = { fsync: "on", shared_preload_libraries: "pg_stat_statements" };

async function rehearse(plan: Plan, stack: Stack, modules: Modules, progress: (what: string) => void): Promise<Result> {
  const { anomalies } = plan.options;
  const place = { postgres: stack.postgres, database: stack.environment.DATABASE_NAME ?? "", role: stack.app };
  const date = new Date().toISOString();
  const server = await modules.connectTo(place);
  const began = performance.now();
  await modules.loadData(server, anomalies);
  const seconds = (performance.now() - began) / 1000;
  progress(`${anomalies.toLocaleString("en")} anomalies are there`);
  const [{ bytes = 0 } = {}] = (
    await server.owner.query("SELECT pg_database_size(current_database())::float8 AS bytes")
  ).rows;
  const reader = {
    query: async <Row>(sql: string, values: readonly unknown[] = []) =>
      (await server.owner.query(sql, [...values])).rows as Row[],
  };
  const { checked, differences } = await modules.compareSettings(
    reader,
    { standby: false },
    { parameters: plan.sizing.database.parameters.map((parameter) => ({ ...parameter })) },
  );
  const queries = (await modules.queries(server.owner, anomalies)).filter(({ source }) => source === "API");
  const costs = await modules.measureQueries(server, queries, executions(anomalies));
  progress(`${queries.length} queries with and without the guide's indexes`);
  await server.disconnect();
  const rounds = await modules.compareSides(
    [
      { name: TUNED, parameters: tuned(plan) },
      { name: DEFAULTS, parameters: defaults },
    ],
    {
      ...place,
      rows: anomalies,
      rounds: ROUNDS,
      operations: operations(anomalies),
      connections: CONNECTIONS,
      progress,
    },
  );
  await stack.postgres.restart(tuned(plan));
  const service = await startService(root, plan, stack, modules);
  progress("the service is ready, with the Api component's environment");
  await service.stop();
  return {
    date,
    machine: `${availableParallelism()} x ${cpus()[0]?.model ?? "unknown CPU"}, Node ${process.version}`,
    plan,
    fill: { seconds, databaseBytes: bytes },
    parameters: { inForce: checked - differences.length, differences },
    queries: costs,
    rounds,
  };
}

/** Tells what was done, and how long it took. */
function stopwatch(): (what: string) => void {
  let began = performance.now();
  return (what) => {
    console.error(`${what} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
    began = performance.now();
  };
}

main().catch((error: Error) => {
  console.error(process.env.DEBUG ? error : error.message);
  process.exit(ExitCode.failed);
});
