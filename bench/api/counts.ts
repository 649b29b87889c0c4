import { parseArgs } from "node:util";
import { type Field, startField } from "./field.ts";
import { type Cell, measureCell } from "./measure.ts";
import { program } from "./program.ts";
import { spread } from "./ratios.ts";
import { figure, range, table } from "./report.ts";
import type { Contender, Server } from "./servers.ts";
import { KINDS, type Kind, load, requireWrk } from "./wrk.ts";

/** What one request may cost at most. */
interface Limit {
  readonly statements: number;
  readonly commands: number;
  /** Times the CPU that the floor takes for the same bytes; only for what the floor answers. */
  readonly cpu?: number;
}

/**
 * A cached answer asks Redis once a second and process, whatever the load; the quota is leased ten times a second. A
 * miss is one statement, and two scripts, to look up and to store, which call four and five commands. CPU had medians
 * of 1.24 to 1.53 times the floor's (health) and 1.73 to 2.15 (cached) in six runs, two of them beside a load on both
 * CPUs: half as much again is a change of ours, not noise.
 */
const LIMITS: Readonly<Record<Kind, Limit>> = {
  health: { statements: 0.01, commands: 0.05, cpu: 2.3 },
  cached: { statements: 0.01, commands: 0.05, cpu: 3.2 },
  "cached-gzip": { statements: 0.01, commands: 0.05 },
  uncached: { statements: 1.1, commands: 12 },
  predictions: { statements: 0.05, commands: 0.5 },
};

/** Seconds of load before a server is measured: its hot code is compiled then. */
const WARM_UP_SECONDS = 3;

/**
 * Rounds of a kind whose CPU is held to the floor's, each of service and floor in turn: counts repeat in any of them,
 * but one ratio of two seconds each was seen from 1.05 to 2.09 for the same code.
 */
const ROUNDS = 5;

await program(async () => {
  const { values } = parseArgs({ options: { seconds: { type: "string", default: "2" } } });
  const seconds = Number(values.seconds);
  await requireWrk();
  const field = await startField({ contenders: ["service", "floor"] });
  try {
    const rows: Row[] = [];
    for (const kind of KINDS) rows.push(judge(kind, await measureKind(field, kind, seconds)));
    console.log(
      table(
        ["work", "statements", "commands", "CPU µs", "times the floor's", ""],
        rows.map(({ cells }) => cells),
      ),
    );
    if (rows.some(({ kept }) => !kept)) process.exitCode = 1;
  } finally {
    await field.stop();
  }
});

/** The service's cell of a round, with the floor's where its CPU is held to it. */
interface Round {
  readonly service: Cell;
  readonly floor?: Cell;
}

async function measureKind(field: Field, kind: Kind, seconds: number): Promise<Round[]> {
  const server = (name: Contender): Server => field.servers.get(name) as Server;
  const againstFloor = LIMITS[kind].cpu !== undefined;
  for (const name of againstFloor ? (["service", "floor"] as const) : (["service"] as const))
    await load({ port: server(name).port, kind, token: field.token, seconds: WARM_UP_SECONDS, firstKey: 0 });
  const measure = (name: Contender) => measureCell({ field, server: server(name), kind, seconds, maxRepeats: 1 });
  if (!againstFloor) return [{ service: await measure("service") }];
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    rounds.push({ service: await measure("service"), floor: await measure("floor") });
  return rounds;
}

/** A line of the table. */
interface Row {
  readonly cells: string[];
  readonly kept: boolean;
}

/** What a request of a kind cost, the median of the rounds, each figure with its limit. */
function judge(kind: Kind, rounds: readonly Round[]): Row {
  const limit = LIMITS[kind];
  const median = (value: (cell: Cell) => number) => spread(rounds.map(({ service }) => value(service))).median;
  const statements = median(({ perRequest }) => perRequest.statements);
  const commands = median(({ perRequest }) => perRequest.commands);
  const times = spread(
    rounds.flatMap(({ service, floor }) => (floor ? [service.perRequest.cpu / floor.perRequest.cpu] : [])),
  );
  const failed = rounds.reduce((sum, { service }) => sum + service.failed, 0);
  const kept =
    failed === 0 &&
    statements <= limit.statements &&
    commands <= limit.commands &&
    (limit.cpu === undefined || times.median <= limit.cpu);
  const verdict = kept ? "kept" : `EXCEEDED${failed > 0 ? `, ${failed} failed` : ""}`;
  return {
    cells: [
      kind,
      `${statements.toFixed(3)} (<= ${limit.statements})`,
      `${commands.toFixed(3)} (<= ${limit.commands})`,
      figure(median(({ perRequest }) => perRequest.cpu)),
      limit.cpu === undefined ? "" : `${range(times)} (<= ${limit.cpu})`,
      verdict,
    ],
    kept,
  };
}
