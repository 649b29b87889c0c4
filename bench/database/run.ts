import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { CACHE } from "../api/places.ts";
import { program } from "../api/program.ts";
import { loadData } from "./data.ts";
import { measureChoices } from "./measure-choices.ts";
import { measureIndexes } from "./measure-indexes.ts";
import { measureParameters } from "./measure-parameters.ts";
import { measurePartitions } from "./measure-partitions.ts";
import { measureQueries } from "./measure-queries.ts";
import { queries } from "./queries.ts";
import { type Result, report } from "./report.ts";
import { restarted, startServer } from "./server.ts";

/** In the order in which they are done: the last two change the data, and the last deletes rows. */
const PARTS = ["queries", "indexes", "choices", "parameters", "partitions"] as const;

await program(async () => {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "1000000" },
      executions: { type: "string", default: "300" },
      rounds: { type: "string", default: "3" },
      only: { type: "string", default: PARTS.join(",") },
    },
  });
  const [rows, executions] = [whole("rows", values.rows), whole("executions", values.executions)];
  const rounds = whole("rounds", values.rounds);
  const only = values.only.split(",");
  const unknown = only.find((name) => !(PARTS as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Error(`--only: "${unknown}" is none of ${PARTS.join(", ")}`);

  let server = await startServer();
  try {
    const done = stopwatch();
    await loadData(server, rows);
    done(`${rows} anomalies loaded`);
    const all = await queries(server.owner, rows);
    const part = async <T>(name: (typeof PARTS)[number], measure: () => Promise<T>): Promise<T | undefined> => {
      if (!only.includes(name)) return undefined;
      const measured = await measure();
      done(name);
      return measured;
    };
    const { rows: versions } = await server.owner.query("SELECT split_part(version(), ' on ', 1) AS version");
    publish({
      date: new Date().toISOString(),
      machine: `${availableParallelism()} x ${cpus()[0]?.model ?? "unknown CPU"}, Node ${process.version}`,
      server: versions[0].version,
      rows,
      queries: await part("queries", () => measureQueries(server, all, executions)),
      indexes: await part("indexes", () => measureIndexes(server, all)),
      choices: await part("choices", () => measureChoices(server, executions)),
      parameters: await part("parameters", async () => {
        await server.disconnect();
        const measured = await measureParameters(server, rows, rounds);
        server = await restarted(server);
        return measured;
      }),
      partitions: await part("partitions", () => measurePartitions(server, all, executions)),
    });
  } finally {
    await server.disconnect();
    await server.postgres.stop();
  }
});

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name}: a whole number above 0`);
  return value;
}

function stopwatch(): (what: string) => void {
  let began = performance.now();
  return (what) => {
    console.error(`${what} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    began = performance.now();
  };
}

function publish(result: Result): void {
  const text = report(result);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, "bench-database.json"), JSON.stringify(result, null, 2));
  writeFileSync(join(CACHE, "bench-database.md"), `${text}\n`);
  console.log(text);
}
