import type pg from "pg";
import { connect } from "../../local/postgres.ts";
import { pageRequest } from "../../src/anomalies/query.ts";
import type { AnomalyListQuery } from "../../src/anomalies/schemas.ts";
import { countCall } from "../../src/anomalies/total.ts";
import { APP, DATABASE_NAME, startTestDatabase, type TestDatabase } from "./database.ts";

/** A server of the test's own, and sessions that write to it at the same time. */
export interface Sessions {
  readonly server: TestDatabase["server"];
  readonly owner: pg.Client;
  /** Of the role that the service logs in as; they wait two seconds for a lock. */
  readonly others: readonly pg.Client[];
  /** Ends sessions and server. */
  stop(): Promise<void>;
}

export async function startSessions(): Promise<Sessions> {
  const test = await startTestDatabase();
  const owner = await connect(test.server.port, test.server.owner, DATABASE_NAME);
  const others = await Promise.all([1, 2, 3, 4].map(() => connect(test.server.port, APP, DATABASE_NAME)));
  for (const client of others) await client.query("SET lock_timeout = '2s'");
  return {
    server: test.server,
    owner,
    others,
    async stop() {
      await Promise.all([owner, ...others].map((client) => client.end()));
      await test.stop();
    },
  };
}

/** The total that a list's answer has. */
export async function totalOf(client: pg.Client, filters: AnomalyListQuery): Promise<number> {
  const { statement, values } = countCall(pageRequest(filters));
  return Number(Object.values((await client.query(statement.text, [...values])).rows[0])[0]);
}
