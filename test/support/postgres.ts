import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

const root = join(__dirname, "..", "..");

/** Starts a server with given parameters; it says its port and what was asked of it, and ends with its standard input. */
const SERVER = `
import { connect, startPostgres } from ${JSON.stringify(join(root, "app/local/postgres.ts"))};
import { migrate } from ${JSON.stringify(join(root, "app/src/database/migration.ts"))};
const { parameters, migrated, query } = JSON.parse(process.argv[1]);
const server = await startPostgres(parameters);
try {
  const { host, port, owner } = server;
  const app = { username: "pynomaly_app", password: "app-secret" };
  const target = { host, port, database: "postgres" };
  if (migrated) await migrate({ target, owner, log: () => undefined }, { app, models: [] });
  const client = await connect(port, owner);
  const rows = query === undefined ? [] : (await client.query(query)).rows;
  await client.end();
  console.log(JSON.stringify({ port, ...owner, rows }));
  for await (const _ of process.stdin);
} finally {
  await server.stop();
}
`;

/** What is started. */
export interface ServerOptions {
  readonly parameters: Readonly<Record<string, string>>;
  /** With the service's schema. */
  readonly migrated?: boolean;
  /** Asked as the owner, once. */
  readonly query?: string;
}

/** A real PostgreSQL of the stack's major version. */
export interface TestServer<Row> {
  readonly url: string;
  readonly password: string;
  /** What the query answered. */
  readonly rows: readonly Row[];
  stop(): Promise<void>;
}

/** Starts a server as the service's own tests do. */
export async function startServer<Row>(options: ServerOptions): Promise<TestServer<Row>> {
  const server: ChildProcess = spawn(process.execPath, ["--input-type=module", "-e", SERVER, JSON.stringify(options)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  assert.ok(server.stdout);
  const exited = once(server, "exit");
  const [line] = await Promise.race([
    once(createInterface(server.stdout), "line"),
    exited.then(() => assert.fail("the server did not start")),
  ]);
  const { port, username, password, rows } = JSON.parse(line);
  return {
    url: `postgresql://${username}@127.0.0.1:${port}/postgres`,
    password,
    rows,
    async stop() {
      server.stdin?.end();
      await exited;
    },
  };
}
