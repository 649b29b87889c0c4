import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import type pg from "pg";
import { connect, type Postgres, startPostgres } from "../../local/postgres.ts";
import { migrate } from "../../src/database/migration.ts";
import type { Finding } from "../../src/maintenance/checks/finding.ts";
import { Connection } from "../../src/maintenance/connection.ts";
import { maintain } from "../../src/maintenance/main.ts";
import type { Optimization } from "../../src/maintenance/optimize.ts";
import { readServer, type Server } from "../../src/maintenance/server.ts";
import type { Verification } from "../../src/maintenance/verify.ts";
import type { Limits } from "../../src/maintenance/worker.ts";
import type { Credential } from "../../src/secrets.ts";
import { APP, DATABASE_NAME } from "../support/database.ts";

export const READONLY: Credential = { username: "pynomaly_readonly", password: "readonly-secret" };
export const MAINTENANCE: Credential = { username: "pynomaly_maintenance", password: "maintenance-secret" };

const PROGRAM = fileURLToPath(new URL("../../src/maintain.ts", import.meta.url));

/** What a run of the tool left. */
export interface Run {
  readonly code: number;
  /** Standard output. */
  readonly output: string;
  /** Standard error. */
  readonly notes: readonly string[];
}

/** A server of the test's own with the service's schema and roles, and the tool. */
export interface Maintained {
  readonly server: Postgres;
  /** The owner's session. */
  readonly owner: pg.Client;
  /** A session that ends with the server. */
  session(role?: Credential): Promise<pg.Client>;
  url(role: Credential, host?: string): string;
  /** Runs the tool in this process, as a role. */
  run(role: Credential, args: readonly string[], options?: RunOptions): Promise<Run>;
  /** The same, and the document that it writes. */
  json<T>(role: Credential, args: readonly string[], options?: RunOptions): Promise<Run & { document: T }>;
  /** Runs the tool as a process. */
  start(role: Credential, args: readonly string[]): Started;
  /** A connection as the tool opens it, which ends with the server. */
  open(role?: Credential): Promise<{ connection: Connection; facts: Server }>;
  stop(): Promise<void>;
}

/** What a run is to be done with. */
export interface RunOptions {
  readonly limits?: Partial<Limits>;
  readonly interrupted?: AbortSignal;
  /** Other than that of this machine. */
  readonly host?: string;
  /** Sees each line as it comes. */
  readonly note?: (line: string) => void;
}

/** The tool as a process. */
export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Run>;
}

export type AnalysisDocument = {
  server: { role: string; version: string };
  findings: Finding[];
  statements: Record<string, unknown>[];
};
export type VerificationDocument = Verification;
export type OptimizationDocument = Optimization;

/** Starts a server, with statistics of statements unless said otherwise, and brings schema and roles up to date. */
export async function startMaintained(
  parameters: Readonly<Record<string, string>> = { shared_preload_libraries: "pg_stat_statements" },
): Promise<Maintained> {
  const server = await startPostgres({ autovacuum_naptime: "1h", ...parameters });
  const first = await connect(server.port, server.owner);
  await first.query(`CREATE DATABASE ${DATABASE_NAME}`);
  await first.end();
  const target = { host: server.host, port: server.port, database: DATABASE_NAME };
  await migrate(
    { target, owner: server.owner, log: () => undefined },
    { app: APP, readonly: READONLY, maintenance: MAINTENANCE, models: [] },
  );
  const ending: { close(): Promise<void> }[] = [];
  const session = async (role = server.owner) => {
    const client = await connect(server.port, role, DATABASE_NAME);
    client.on("error", () => undefined);
    ending.push({ close: () => client.end() });
    return client;
  };
  const url = ({ username }: Credential, host = server.host) =>
    `postgresql://${username}@${host}:${server.port}/${DATABASE_NAME}`;
  const run: Maintained["run"] = async (role, args, options = {}) => {
    let output = "";
    const notes: string[] = [];
    const code = await maintain([...args, "--url", url(role, options.host)], {
      environment: { PGPASSWORD: role.password },
      write(part) {
        output += part;
      },
      note(line) {
        notes.push(line);
        options.note?.(line);
      },
      interrupted: options.interrupted ?? new AbortController().signal,
      ...(options.limits && { limits: options.limits }),
    });
    return { code, output, notes };
  };
  return {
    server,
    owner: await session(),
    session,
    url,
    run,
    async json(role, args, options) {
      const done = await run(role, [...args, "--format", "json"], options);
      return { ...done, document: JSON.parse(done.output || "null") };
    },
    start(role, args) {
      const child = spawn(process.execPath, [PROGRAM, ...args, "--url", url(role)], {
        env: { PGPASSWORD: role.password },
        stdio: ["ignore", "pipe", "pipe"],
      });
      const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]).then(
        ([output, errors, [code]]) => ({ code, output, notes: errors.trimEnd().split("\n") }),
      );
      return { process: child, ended };
    },
    async open(role = server.owner) {
      const connection = await Connection.open({
        host: server.host,
        port: server.port,
        database: DATABASE_NAME,
        user: role.username,
        password: role.password,
        encryption: "off",
      });
      ending.push(connection);
      return { connection, facts: await readServer(connection) };
    },
    async stop() {
      await Promise.all(ending.map((one) => one.close()));
      await server.stop();
    },
  };
}

/** Sends a session's own counters to the server's statistics, where others see them. */
export const flush = (client: pg.Client): Promise<unknown> =>
  client.query("SELECT pg_stat_force_next_flush()").then(() => client.query("SELECT 1"));
