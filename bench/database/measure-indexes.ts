import { tableIndexes } from "./measure-queries.ts";
import { explain, explainWithout, type Plans } from "./plans.ts";
import type { Query } from "./queries.ts";
import type { Client, Server } from "./server.ts";
import { cpuSeconds, takenBack } from "./times.ts";

/** A query that an index serves. */
export interface Served extends Pick<Query, "name" | "source"> {
  readonly plans: Plans;
  /** Without that index alone. */
  readonly without: Plans;
}

/** What a row more costs for an index. */
export interface InsertCost {
  /** Of the CPU that it takes to insert rows with all indexes, this one's share. */
  readonly share: number;
  /** Bytes of the write-ahead log. */
  readonly logPerRow: number;
}

/** What an index is good for, and what it costs. */
export interface IndexCost {
  readonly name: string;
  readonly table: string;
  readonly bytes: number;
  readonly serves: readonly Served[];
  /** Nothing for a table that is seldom written to. */
  readonly insert: InsertCost | undefined;
}

const ROWS = 10_000;
const ROUNDS = 5;

/** Rows of this moment, as the service writes them. */
export const INSERTS: Readonly<Record<string, string>> = {
  anomalies: `INSERT INTO anomalies (timestamp, value, severity, model_id, dataset_id, features)
    SELECT now() + n * interval '1 ms', n, 0.5 + n % 100 / 200.0, n % 20 + 1, n % 49 + 1, '{1,2,3,4,5,6,7,8}'
    FROM generate_series(1, ${ROWS}) n`,
  dataset_records: `INSERT INTO dataset_records (dataset_id, timestamp, values)
    SELECT 1, now() + n * interval '1 ms', '{1,2,3,4,5,6,7,8}' FROM generate_series(1, ${ROWS}) n`,
  user_sessions: `INSERT INTO user_sessions (user_id, api_key_id, token_hash, expires_at)
    SELECT n % 100 + 1, n % 100 + 1, sha256(('new' || n)::bytea), now() + interval '12 hours'
    FROM generate_series(1, ${ROWS}) n`,
  metrics: `INSERT INTO metrics (timestamp, metric_name, granularity, value)
    SELECT now(), 'metric ' || n % 20, CASE WHEN n % 60 = 0 THEN 'hour' ELSE 'minute' END, n
    FROM generate_series(1, ${ROWS}) n`,
  idempotency_keys: `INSERT INTO idempotency_keys (user_id, key, request_hash, status, body)
    SELECT n % 100 + 1, 'new' || n, sha256(n::text::bytea), 200, '{}' FROM generate_series(1, ${ROWS}) n`,
};

/** Looks at each index on its own: the queries whose plans have it, what they cost without it, and what writes cost for it. */
export async function measureIndexes({ owner }: Server, all: readonly Query[]): Promise<IndexCost[]> {
  const known = [];
  for (const query of all) {
    const call = await query.call(0);
    known.push({ query, call, plans: await explain(owner, call) });
  }
  const { rows: sizes } = await owner.query<{ name: string; bytes: number }>(
    "SELECT name, pg_relation_size(name::regclass)::float8 AS bytes FROM unnest($1::text[]) name",
    [tableIndexes().map(({ name }) => name)],
  );
  const costs: IndexCost[] = [];
  for (const { name, table } of tableIndexes()) {
    const users = known.filter(({ plans }) =>
      [plans.custom, plans.generic].some((plan) => plan.indexes.includes(name)),
    );
    const without = await explainWithout(
      owner,
      [name],
      users.map(({ call }) => call),
    );
    const serves = users.flatMap(({ query, plans }, index): Served[] => {
      const other = without[index];
      return other === undefined ? [] : [{ name: query.name, source: query.source, plans, without: other }];
    });
    const bytes = sizes.find((size) => size.name === name)?.bytes ?? Number.NaN;
    costs.push({ name, table, bytes, serves, insert: await insertCost(owner, name, table) });
  }
  return costs;
}

/** Inserts the same rows with and without an index in turns. */
async function insertCost(client: Client, index: string, table: string): Promise<InsertCost | undefined> {
  const insert = INSERTS[table];
  if (insert === undefined) return undefined;
  const run = (prepare: string) =>
    takenBack(client, async () => {
      await client.query(prepare);
      const before = await logPosition(client);
      const seconds = await cpuSeconds(client, () => client.query(insert));
      return { seconds, bytes: (await logPosition(client)) - before };
    });
  await run("");
  const total = { with: { seconds: 0, bytes: 0 }, without: { seconds: 0, bytes: 0 } };
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [sum, prepare] of [
      [total.with, ""],
      [total.without, `DROP INDEX ${index}`],
    ] as const) {
      const { seconds, bytes } = await run(prepare);
      sum.seconds += seconds;
      sum.bytes += bytes;
    }
  }
  await client.query(`VACUUM ${table}`);
  return {
    share: 1 - total.without.seconds / total.with.seconds,
    logPerRow: (total.with.bytes - total.without.bytes) / ROUNDS / ROWS,
  };
}

/** How much the server has written to its log so far, in bytes. */
export async function logPosition(client: Client): Promise<number> {
  const { rows } = await client.query("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 AS bytes");
  return rows[0].bytes;
}
