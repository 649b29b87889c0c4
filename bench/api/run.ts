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

/** Rounds of one run. */
const ROUNDS = 3;
/** Times that a cell is measured again at most. */
const MAX_REPEATS = 3;

await program(async () => {
  const { values } = parseArgs({
    options: {
      seconds: { type: "string", default: "10" },
      only: { type: "string", default: KINDS.join(",") },
      gate: { type: "boolean", default: false },
    },
  });
  const seconds = Number(values.seconds);
  if (!(Number.isInteger(seconds) && seconds > 0)) throw new Error("--seconds: a whole number above 0");
  const kinds = values.only.split(",").map(knownKind);
  await requireWrk();

  const field = await startField({ contenders: CONTENDERS });
  try {
    await checkSame(field);
    await warmUp(field, kinds, Math.ceil(seconds / 2));
    const rounds: Cell[][] = [];
    for (let round = 0; round < ROUNDS; round += 1) rounds.push(await measureRound(field, kinds, round, seconds));
    const result: Result = { date: new Date().toISOString(), machine: machine(), secondsPerCell: seconds, rounds };
    publish(result);
    if (values.gate && !passes(result)) process.exitCode = 1;
  } finally {
    await field.stop();
  }
});

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

/** Until the hot code is compiled and the pools are full. */
async function warmUp({ token, ...field }: Field, kinds: readonly Kind[], seconds: number): Promise<void> {
  for (const kind of kinds) {
    for (const { port } of compared({ token, ...field }, kind)) await load({ port, kind, token, seconds, firstKey: 0 });
  }
}

/** Each server once for each kind of work; who is first moves on by one each round. */
async function measureRound(field: Field, kinds: readonly Kind[], round: number, seconds: number): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const kind of kinds) {
    const servers = compared(field, kind);
    const first = round % servers.length;
    for (const server of [...servers.slice(first), ...servers.slice(0, first)]) {
      const { stack, token } = field;
      const cell = await measureCell({ stack, server, kind, token, seconds, maxRepeats: MAX_REPEATS });
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

const machine = () => `${availableParallelism()} x ${cpus()[0]?.model ?? "unknown CPU"}, Node ${process.version}`;
