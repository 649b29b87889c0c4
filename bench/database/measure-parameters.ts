import { type Spread, spread } from "../api/ratios.ts";
import { type Cell, compareSides, PLAIN, type Side, sideRatios } from "./compare.ts";
import { connectTo, type Place } from "./server.ts";
import { stackParameters } from "./stack.ts";
import { cpuSeconds } from "./times.ts";

/** One side of the load against the stack's parameters: above 1, the stack's take less. */
export interface ParameterCost {
  /** What has PostgreSQL's own value there. */
  readonly without: string;
  /** CPU of the server. */
  readonly cpu: Spread;
  /** Time of statements in the server, each class counting alike. */
  readonly reads: Spread;
  readonly writes: Spread;
  /** Bytes of the write-ahead log. */
  readonly log: Spread;
}

/** All that was found of the stack's parameters. */
export interface ParametersResult {
  /** Each class by the whole of PostgreSQL's own parameters against the stack's. */
  readonly classes: readonly {
    readonly name: string;
    readonly time: Spread;
    readonly read: readonly [number, number];
  }[];
  readonly alone: readonly ParameterCost[];
  /** Seconds of CPU for an index on all anomalies: with the stack's maintenance_work_mem, and by PostgreSQL's own. */
  readonly index: { readonly tuned: Spread; readonly other: Spread };
}

/** Memory of production's class, which is what its sizes are computed from. */
const MEMORY = 16 * 2 ** 30;
const TUNED = "the stack's";
const OTHER = "all of them";

/** Parameters that work together. The guide's others repeat PostgreSQL's own values, or are of a role that is not measured here. */
const ALONE: readonly (readonly [name: string, parameters: RegExp])[] = [
  ["shared_buffers", /^shared_buffers$/],
  ["effective_cache_size", /^effective_cache_size$/],
  ["work_mem", /^work_mem$/],
  ["wal_buffers", /^wal_buffers$/],
  ["random_page_cost", /^random_page_cost$/],
  ["checkpoint_timeout, max_wal_size", /^(checkpoint_timeout|max_wal_size)$/],
  ["wal_compression", /^wal_compression$/],
  ["autovacuum_*", /^autovacuum_/],
  ["log_*", /^log_/],
  ["track_io_timing", /^track_io_timing$/],
];

const OPERATIONS = 3000;
const CONNECTIONS = 8;
const INDEX_ROUNDS = 3;

/** Loads the server with the stack's parameters, with none of them, and with all but some, in turns. */
export async function measureParameters(place: Place, rows: number, rounds: number): Promise<ParametersResult> {
  const tuned = stackParameters(MEMORY);
  const without = (pattern: RegExp) =>
    Object.fromEntries(Object.entries(tuned).filter(([name]) => !pattern.test(name)));
  const sides: Side[] = [
    { name: TUNED, parameters: tuned },
    { name: OTHER, parameters: PLAIN },
    ...ALONE.map(([name, pattern]) => ({ name, parameters: without(pattern) })),
  ];
  const cells = await compareSides(sides, {
    ...place,
    rows,
    rounds,
    operations: OPERATIONS,
    connections: CONNECTIONS,
    progress: (what) => console.error(what),
  });
  const read = (side: string, name: string) =>
    spread(
      cells
        .flat()
        .flatMap((cell) => (cell.side === side ? (cell.works.find((w) => w.name === name)?.pagesRead ?? []) : [])),
    ).median;
  return {
    classes: sideRatios(cells, TUNED, OTHER).map(({ name, serverMs }) => ({
      name,
      time: serverMs,
      read: [read(TUNED, name), read(OTHER, name)],
    })),
    alone: sides.slice(1).map(({ name }) => cost(cells, name)),
    index: await measureIndex(place, tuned),
  };
}

function cost(rounds: readonly (readonly Cell[])[], without: string): ParameterCost {
  const pairs = rounds.flatMap((cells) => {
    const [tuned, other] = [TUNED, without].map((side) => cells.find((cell) => cell.side === side));
    return tuned && other ? [{ tuned, other }] : [];
  });
  const times = (kind: "read" | "write") =>
    spread(
      pairs.map(({ tuned, other }) => {
        const logs = tuned.works.flatMap((own) => {
          const its = other.works.find(({ name }) => name === own.name);
          return own.kind === kind && its !== undefined ? [Math.log(its.serverMs / own.serverMs)] : [];
        });
        return Math.exp(logs.reduce((a, b) => a + b, 0) / logs.length);
      }),
    );
  const log = ({ works }: Cell) => works.reduce((sum, work) => sum + work.logBytes * work.share, 0);
  return {
    without,
    cpu: spread(pairs.map(({ tuned, other }) => (other.cpuMicros ?? Number.NaN) / (tuned.cpuMicros ?? Number.NaN))),
    reads: times("read"),
    writes: times("write"),
    log: spread(pairs.map(({ tuned, other }) => log(other) / log(tuned))),
  };
}

/** Builds an index anew, in turns with either value. */
async function measureIndex(place: Place, tuned: Readonly<Record<string, string>>): Promise<ParametersResult["index"]> {
  await place.postgres.restart(tuned);
  const server = await connectTo(place);
  try {
    await server.owner.query("SET statement_timeout = 0");
    // Its own process alone: what it takes is counted.
    await server.owner.query("SET max_parallel_maintenance_workers = 0");
    const build = async (memory: string) => {
      await server.owner.query(`SET maintenance_work_mem = ${memory}`);
      return cpuSeconds(server.owner, () => server.owner.query("REINDEX INDEX idx_anomalies_model_timestamp"));
    };
    await build("DEFAULT");
    const seconds = { tuned: [] as number[], other: [] as number[] };
    for (let round = 0; round < INDEX_ROUNDS; round += 1) {
      seconds.tuned.push(await build("DEFAULT"));
      seconds.other.push(await build("'64MB'"));
    }
    return { tuned: spread(seconds.tuned), other: spread(seconds.other) };
  } finally {
    await server.disconnect();
  }
}
