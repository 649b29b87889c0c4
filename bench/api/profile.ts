import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startField } from "./field.ts";
import { APP, CACHE } from "./places.ts";
import { program } from "./program.ts";
import { figure, table } from "./report.ts";
import { KINDS, load, requireWrk } from "./wrk.ts";

/** The part of V8's profile format that is read here. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** Microseconds on the system's monotonic clock. */
  readonly startTime: number;
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** Functions that are shown. */
const SHOWN = 40;

await program(async () => {
  const { values } = parseArgs({
    options: { kind: { type: "string", default: "cached" }, seconds: { type: "string", default: "10" } },
  });
  const kind = KINDS.find((known) => known === values.kind);
  if (kind === undefined) throw new Error(`--kind: one of ${KINDS.join(", ")}`);
  await requireWrk();

  const folder = join(CACHE, "bench-api", "profiles");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const field = await startField({
    contenders: ["service"],
    nodeArguments: ["--cpu-prof", `--cpu-prof-dir=${folder}`],
  });
  const { token } = field;
  let requests = 0;
  let [begin, end] = [0, 0];
  try {
    const port = field.servers.get("service")?.port ?? 0;
    const warm = await load({ port, kind, token, seconds: 3, firstKey: 0 });
    begin = monotonicMicros();
    ({ requests } = await load({ port, kind, token, seconds: Number(values.seconds), firstKey: 2 * warm.requests }));
    end = monotonicMicros();
  } finally {
    // The profiles are written as the processes end.
    await field.stop();
  }
  const micros = selfTimes(folder, begin, end);
  const busy = [...micros.values()].reduce((sum, value) => sum + value, 0);
  const rows = [...micros].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  console.log(`${requests} requests; ${figure(busy / requests)} µs each in JavaScript and native code below it\n`);
  console.log(
    table(
      ["µs a request", "share %", "function"],
      rows.map(([name, value]) => [(value / requests).toFixed(2), figure((value / busy) * 100), name]),
    ),
  );
});

function monotonicMicros(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Microseconds in each function itself between two moments, over all processes, without those spent idle. */
function selfTimes(folder: string, begin: number, end: number): Map<string, number> {
  const times = new Map<string, number>();
  for (const file of readdirSync(folder)) {
    const { nodes, startTime, samples, timeDeltas } = JSON.parse(readFileSync(join(folder, file), "utf8")) as Profile;
    const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
    let at = startTime;
    for (const [index, sample] of samples.entries()) {
      const delta = timeDeltas[index] ?? 0;
      at += delta;
      const name = names.get(sample) ?? "?";
      if (at > begin && at < end && name !== "(idle)") times.set(name, (times.get(name) ?? 0) + delta);
    }
  }
  return times;
}

function nameOf({ functionName, url, lineNumber }: Profile["nodes"][number]["callFrame"]): string {
  const name = functionName || "(anonymous)";
  if (url === "") return name;
  const place = url.startsWith("file:") ? relative(APP, fileURLToPath(url)) : url;
  return `${name} ${place}:${lineNumber + 1}`;
}
