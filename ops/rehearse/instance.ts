/** One rehearsal, in the folder that is its last argument: main.ts started it, and cleans up behind it. */
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import type { Stack } from "../../app/local/stack.ts";
import { ExitCode } from "../command/errors";
import { rehearsedChecklist } from "./checklist";
import { measureDatabase, type Told, tunedParameters } from "./database";
import { loadService } from "./load";
import { maintainOvernight } from "./maintenance";
import { loadModules, type Modules } from "./modules";
import { readOptions } from "./options";
import { type Plan, readPlan } from "./plan";
import { planText } from "./plan-text";
import { publish } from "./publish";
import type { Result } from "./result";
import { startService } from "./service";
import { targetVerdicts } from "./verdicts";

const root = join(__dirname, "..", "..");

/** How long the whole load lasts, in seconds, for so many anomalies: at least what each user takes to ask once. */
const loadSeconds = (anomalies: number) => (anomalies < 100_000 ? 11 : 30);

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
    postgresParameters: tunedParameters(plan, modules),
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
    // A server that restarts at this moment does not stop in order; main.ts ends it, and what else is under way, such as the load.
    await stack.stop().catch((error: Error) => {
      if (!asked.already()) throw error;
    });
    modules.leave(folder);
    if (asked.already()) process.exit();
  }
}

/** The database first, then a night, then the service on it, with the stack's parameters. */
async function rehearse(plan: Plan, stack: Stack, modules: Modules, progress: Told): Promise<Result> {
  const date = new Date().toISOString();
  const machine = `${availableParallelism()} x ${cpus()[0]?.model ?? "unknown CPU"}, Node ${process.version}`;
  const database = await measureDatabase(plan, stack, modules, progress);
  await maintainOvernight(stack, modules);
  progress("a night's maintenance is done");
  const service = await startService(root, plan, stack, modules);
  try {
    progress("the service is ready");
    const loaded = await loadService(service, stack, loadSeconds(plan.options.anomalies), modules);
    progress("the load test is over");
    const checklist = await rehearsedChecklist(root, plan, service, stack, loaded.report);
    progress("the checklist is verified");
    return { date, machine, plan, ...database, loaded, checklist };
  } finally {
    await service.stop();
  }
}

/** Tells what was done, and how long it took. */
function stopwatch(): Told {
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
