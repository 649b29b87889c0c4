import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Field, startField } from "./field.ts";
import { type Cell, measureCell } from "./measure.ts";
import { CACHE } from "./places.ts";
import { program } from "./program.ts";
import { GOALS, ratios } from "./ratios.ts";
import { type Result, report } from "./report.ts";
import { checkSame } from "./same.ts";
import { CONTENDERS } from "./servers.ts";
import { KINDS, type Kind, load, requireWrk } from "./wrk.ts";

/** Seconds of load before a server is measured at a kind of work: its hot code is compiled then. */
const WARM_UP_SECONDS = 5;
/** Times that a cell is measured again at most. */
const MAX_REPEATS = 3;

await program(async () => {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "10" },
      rounds: { type: "string", default: "3" },
      only: { type: "string", default: KINDS.join(",") },
      gate: { type: "boolean", default: false },
    },
  });
  const seconds = wholeNumber("--seconds", values.seconds);
  const roundCount = wholeNumber("--rounds", values.rounds);
  const kinds = values.only.split(",").map(knownKind);
  await requireWrk();

  const field = await startField({ contenders: CONTENDERS });
  try {
    await checkSame(field);
    await warmUp(field, kinds);
    const rounds: Cell[][] = [];
    for (let round = 0; round < roundCount; round += 1) rounds.push(await measureRound(field, kinds, round, seconds));
    const result: Result = { date: new Date().toISOString(), machine: machine(), secondsPerCell: seconds, rounds };
    publish(result);
    if (values.gate && !passes(result)) process.exitCode = 1;
  } finally {
    await field.stop();
  }
});

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new Error(`${name}: a whole number above 0`);
  return Number(text);
}

function knownKind(name: string): Kind {
  const kind = KINDS.find((known) => known === name);
  if (kind === undefined) throw new Error(`--only: "${name}" is none of ${KINDS.join(", ")}`);
  return kind;
}

/** The servers that a kind of work is compared on: those that a goal names. */
function compared(field: Field, kind: Kind) {
  const names = new Set(["service", ...GOALS.filter((goal) => goal.kind === kind).map(({ against }) => against)]);
  return [...field.servers.values()].filter(({ name }) => names.has(name));
}

async function warmUp(field: Field, kinds: readonly Kind[]): Promise<void> {
  const { token } = field;
  for (const kind of kinds) {
    for (const { port } of compared(field, kind)) {
      await load({ port, kind, token, seconds: WARM_UP_SECONDS, firstKey: 0 });
    }
  }
}

/** Each server once for each kind of work; who is first moves on by one each round. */
async function measureRound(field: Field, kinds: readonly Kind[], round: number, seconds: number): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const kind of kinds) {
    const servers = compared(field, kind);
    const first = round % servers.length;
    for (const server of [...servers.slice(first), ...servers.slice(0, first)]) {
      const cell = await measureCell({ field, server, kind, seconds, maxRepeats: MAX_REPEATS });
      console.error(`round ${round + 1}: ${kind}, ${server.name}: ${cell.requestsPerSecond.toFixed(0)} requests/s`);
      cells.push(cell);
    }
  }
  return cells;
}

function publish(result: Result): void {
  const text = report(result);
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, "bench-api.json"), JSON.stringify({ ...result, ratios: ratios(result.rounds) }, null, 2));
  writeFileSync(join(CACHE, "bench-api.md"), `${text}\n`);
  console.log(text);
}

/** Every goal is reached and the service failed no request. */
function passes({ rounds }: Result): boolean {
  const failed = rounds.flat().some((cell) => cell.server === "service" && cell.failed > 0);
  return !failed && ratios(rounds).every(({ reached }) => reached);
}

function machine(): string {
  return `${availableParallelism()} x ${cpus()[0]?.model ?? "unknown CPU"}, Node ${process.version}`;
}
