import { connect, type Postgres } from "../../app/local/postgres.ts";
import { cpuTimes, treeBytes } from "../api/cpu.ts";
import { type Spread, spread } from "../api/ratios.ts";
import { mix, type Work } from "./mix.ts";
import { scattered } from "./scatter.ts";
import type { Client, Place } from "./server.ts";
import { type TaggedDatabase, taggedDatabase } from "./tagged.ts";

/** Server parameters under a name. */
export interface Side {
  readonly name: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** PostgreSQL's own parameters, but for the library that counts statements, and for fsync, which a test's server has off. */
export const PLAIN: Side["parameters"] = { fsync: "on", shared_preload_libraries: "pg_stat_statements" };

/** What one operation of a class cost, on average but for the median. */
export interface WorkCost extends Pick<Work, "name" | "kind" | "source"> {
  /** Of all operations, from 0 to 1. */
  readonly share: number;
  /** Milliseconds that a client waited, the median. */
  readonly clientMs: number;
  /** Milliseconds of the statement in the server. */
  readonly serverMs: number;
  /** Pages that it looked at. */
  readonly pages: number;
  /** Pages that were not in shared_buffers. */
  readonly pagesRead: number;
  /** Bytes of the write-ahead log. */
  readonly logBytes: number;
}

/** One side in one round. */
export interface Cell {
  readonly side: string;
  readonly works: readonly WorkCost[];
  readonly operationsPerSecond: number;
  /** CPU of all of the server's processes for one operation, in microseconds; none where there is no /proc. */
  readonly cpuMicros: number | undefined;
  /** Memory of all of the server's processes, in bytes; none where there is no /proc. */
  readonly memoryBytes: number | undefined;
}

/** How a comparison is made. */
export interface CompareOptions extends Place {
  /** Anomalies that there are. */
  readonly rows: number;
  readonly rounds: number;
  /** Operations of a side in a round; half as many before them warm the server up. */
  readonly operations: number;
  readonly connections: number;
  /** Told when a side of a round is done. */
  readonly progress: (what: string) => void;
}

/**
 * Runs the same load on one server with one side's parameters after the other's, in turns: the server restarts in between,
 * with the same data. What else goes on at the machine meets all sides alike.
 *
 * @returns the cells of each round, in the order of the sides
 */
export async function compareSides(sides: readonly Side[], options: CompareOptions): Promise<Cell[][]> {
  const rounds: Cell[][] = [];
  const works = mix(options.rows);
  for (let round = 0; round < options.rounds; round += 1) {
    const cells = new Map<string, Cell>();
    // Who is first moves on by one each round.
    const first = round % sides.length;
    for (const side of [...sides.slice(first), ...sides.slice(0, first)]) {
      await options.postgres.restart(side.parameters);
      const cell = await measure(side.name, works, options, round);
      cells.set(side.name, cell);
      options.progress(`round ${round + 1}: ${side.name}, ${cell.operationsPerSecond.toFixed(0)} operations/s`);
    }
    rounds.push(sides.flatMap(({ name }) => cells.get(name) ?? []));
  }
  return rounds;
}

async function measure(side: string, works: readonly Work[], options: CompareOptions, round: number): Promise<Cell> {
  const { postgres, database, role, connections, operations } = options;
  const tagged = taggedDatabase({ postgres, database, role, connections });
  const owner = await connect(postgres.port, postgres.owner, database);
  try {
    const start = round * operations * 2;
    await load(tagged, works, { from: start, to: start + operations / 2, connections });
    await owner.query("SELECT pg_stat_statements_reset()");
    const [cpu, began] = [serverCpu(postgres), performance.now()];
    const waits = await load(tagged, works, { from: start + operations, to: start + operations * 2, connections });
    const seconds = (performance.now() - began) / 1000;
    const used = serverCpu(postgres);
    const memoryBytes = onLinux ? treeBytes(postgres.pid) : undefined;
    return {
      side,
      works: costs(works, waits, await statements(owner)),
      operationsPerSecond: operations / seconds,
      cpuMicros: cpu === undefined || used === undefined ? undefined : ((used - cpu) / operations) * 1e6,
      memoryBytes,
    };
  } finally {
    await tagged.close();
    await owner.end();
  }
}

const onLinux = process.platform === "linux";

const serverCpu = ({ pid }: Postgres): number | undefined =>
  onLinux ? (cpuTimes([pid]).trees.get(pid) ?? 0) : undefined;

interface Span {
  readonly from: number;
  readonly to: number;
  readonly connections: number;
}

/** Runs operations, as many at once as there are connections. The answer is how long each of a class took. */
async function load(tagged: TaggedDatabase, works: readonly Work[], span: Span): Promise<Map<Work, number[]>> {
  const sequence = works.flatMap((work) => Array.from({ length: work.weight }, () => work));
  const order = sequence.map((work, index) => ({ work, at: scattered(index, 99) })).sort((a, b) => a.at - b.at);
  const databases = new Map(works.map((work) => [work, tagged.tagged(work.name)]));
  const waits = new Map<Work, number[]>(works.map((work) => [work, []]));
  let next = span.from;
  const client = async () => {
    while (next < span.to) {
      const n = next;
      next += 1;
      const work = order[n % order.length]?.work as Work;
      const began = performance.now();
      await work.run(n)(databases.get(work) as ReturnType<TaggedDatabase["tagged"]>);
      waits.get(work)?.push(performance.now() - began);
    }
  };
  await Promise.all(Array.from({ length: span.connections }, client));
  return waits;
}

interface StatementFigures {
  readonly tag: string;
  readonly calls: number;
  readonly ms: number;
  readonly pages: number;
  readonly read: number;
  readonly log: number;
}

async function statements(owner: Client): Promise<StatementFigures[]> {
  const { rows } = await owner.query<StatementFigures>(
    `SELECT substring(query FROM '^/\\* (.*?) \\*/') AS tag, sum(calls)::float8 AS calls, sum(total_exec_time) AS ms,
            sum(shared_blks_hit + shared_blks_read)::float8 AS pages, sum(shared_blks_read)::float8 AS read,
            sum(wal_bytes)::float8 AS log
     FROM pg_stat_statements WHERE query LIKE '/* %' GROUP BY 1`,
  );
  return rows;
}

function costs(works: readonly Work[], waits: ReadonlyMap<Work, number[]>, figures: StatementFigures[]): WorkCost[] {
  const total = [...waits.values()].reduce((sum, times) => sum + times.length, 0);
  return works.flatMap((work) => {
    const found = figures.find(({ tag }) => tag === work.name);
    const times = waits.get(work) ?? [];
    if (found === undefined || times.length === 0) return [];
    const each = (sum: number) => sum / found.calls;
    return {
      name: work.name,
      kind: work.kind,
      source: work.source,
      share: times.length / total,
      clientMs: spread(times).median,
      serverMs: each(found.ms),
      pages: each(found.pages),
      pagesRead: each(found.read),
      logBytes: each(found.log),
    };
  });
}

/** One side against another: above 1, the other takes more. */
export interface SideRatio {
  readonly name: string;
  readonly clientMs: Spread;
  readonly serverMs: Spread;
}

/** The other side's time by this side's, for each class: within a round, then over the rounds. */
export function sideRatios(rounds: readonly (readonly Cell[])[], side: string, other: string): SideRatio[] {
  const pairs = rounds.flatMap((cells) => {
    const [own, against] = [side, other].map((name) => cells.find((cell) => cell.side === name));
    return own && against ? [{ own, against }] : [];
  });
  const names = pairs[0]?.own.works.map(({ name }) => name) ?? [];
  return names.map((name) => {
    const ratio = (figure: "clientMs" | "serverMs") =>
      spread(
        pairs.flatMap(({ own, against }) => {
          const [a, b] = [own, against].map(({ works }) => works.find((work) => work.name === name));
          return a && b ? [b[figure] / a[figure]] : [];
        }),
      );
    return { name, clientMs: ratio("clientMs"), serverMs: ratio("serverMs") };
  });
}
