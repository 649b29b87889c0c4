import pg from "pg";
import { parsedTypes } from "../database/types.ts";
import type { Address } from "./address.ts";
import { Refusal } from "./exit.ts";

/** Under which the tool is found in pg_stat_activity. */
export const APPLICATION = "pynomaly-maintenance";

/** A server that has not let a client in by then does not answer. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Names are looked up in the schema `public` and times are in UTC (guide, Query Performance Optimization:
 * server_settings). A statement whose client is gone ends.
 */
const SESSION = "SET search_path = public; SET TimeZone = 'UTC'; SET client_connection_check_interval = '1s'";

const VERSION = `SELECT pg_backend_pid() AS pid, current_setting('server_version_num')::integer AS number,
                        current_setting('server_version') AS version`;

/** The first with pg_locks.waitstart, pg_stat_statements_info and client_connection_check_interval. */
const OLDEST_MAJOR = 14;

/**
 * @param number the server's `server_version_num`
 * @param version how it calls itself
 * @throws Refusal when the tool's statements need a newer server
 */
export function requireVersion(number: number, version: string): void {
  if (number >= OLDEST_MAJOR * 10_000) return;
  throw new Refusal(`PostgreSQL ${version} is too old for this tool: it needs ${OLDEST_MAJOR} or newer`);
}

/** Runs a statement of the tool's own, one after the other. */
export interface Reader {
  /** Rows as objects: timestamps as ISO 8601 text in UTC, bigint and numeric as numbers. */
  query<Row>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** One session of the server. */
export class Connection implements Reader {
  readonly client: pg.Client;
  /** The server's process. */
  readonly pid: number;
  /** Why the connection broke; undefined while it holds. */
  lost: Error | undefined;
  /** The last statement's end: node-postgres is to get the next one when it is there. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(client: pg.Client, pid: number) {
    this.client = client;
    this.pid = pid;
    client.on("error", (error) => {
      this.lost ??= error;
    });
  }

  /** @throws Refusal that says why there is no connection */
  static async open(address: Address): Promise<Connection> {
    const client = new pg.Client({
      host: address.host,
      port: address.port,
      database: address.database,
      user: address.user,
      password: address.password,
      ssl: address.encryption === "unverified" ? { rejectUnauthorized: false } : address.encryption === "verified",
      application_name: APPLICATION,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      keepAlive: true,
    });
    // Unheard, an error beside the one that connect() rejects with would end the process.
    client.on("error", () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query(VERSION);
      requireVersion(rows[0].number, rows[0].version);
      await client.query(SESSION);
      return new Connection(client, rows[0].pid);
    } catch (error) {
      await client.end();
      throw error instanceof Refusal ? error : new Refusal(connectionProblem(error, address));
    }
  }

  /** @throws pg.DatabaseError; Error when the connection breaks */
  query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const answer = this.#last.then(() => this.client.query({ text, values: [...values], types: parsedTypes }));
    // Whoever asked hears of the error. FATAL is the last that a session says.
    this.#last = answer.catch((error: unknown) => {
      if (error instanceof pg.DatabaseError && error.severity === "FATAL") this.lost = error;
    });
    return answer.then(({ rows }) => rows as Row[]);
  }

  close(): Promise<void> {
    return this.client.end();
  }
}

/** By the code of the network's, of TLS' or of PostgreSQL's error (PostgreSQL, Appendix A). */
const PROBLEMS: Readonly<Record<string, (address: Address, message: string) => string>> = {
  ENOTFOUND: ({ host }) => `there is no host ${host}`,
  EAI_AGAIN: ({ host }) => `the name of the host ${host} cannot be looked up now`,
  ECONNREFUSED: (address) => `nothing listens on ${place(address)}`,
  ENOENT: (address) => `there is no socket of a server in ${address.host} for port ${address.port}`,
  ECONNRESET: (address) => `${place(address)} closed the connection: it may be no PostgreSQL server`,
  ETIMEDOUT: (address) => `${place(address)} does not answer`,
  EHOSTUNREACH: (address) => `${place(address)} cannot be reached`,
  ENETUNREACH: (address) => `${place(address)} cannot be reached`,
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) =>
    `the server's certificate is not one of ${host}: through a tunnel, add ?sslmode=require`,
  "28P01": ({ user }) => `the password of ${user} is wrong, or there is no such role`,
  "28000": ({ user }, message) => `${user} may not log in: ${message}`,
  "3D000": ({ database }) => `there is no database ${database}`,
  "42501": ({ database, user }) => `${user} may not connect to ${database}: GRANT CONNECT ON DATABASE`,
  "53300": (address) => `${place(address)} has no connection left`,
  "57P03": (address, message) => `${place(address)} takes no connections now: ${message}`,
};

/** By what node-postgres says where there is no code. */
const MESSAGES: readonly (readonly [RegExp, (address: Address, message: string) => string])[] = [
  [/^SASL: .*password/, ({ user }) => `${user} needs a password: in PGPASSWORD, in .pgpass or in the URL`],
  [/timeout expired/, (address) => `${place(address)} does not answer in ${CONNECT_TIMEOUT_MS / 1000} s`],
  [/does not support SSL/, (address) => `${place(address)} does not speak TLS, without which a password is not sent`],
  [/terminated unexpectedly/, (address) => `${place(address)} closed the connection: it may be no PostgreSQL server`],
];

const place = ({ host, port }: Address): string => `${host}:${port}`;

function connectionProblem(error: unknown, address: Address): string {
  const { code = "", message } = error as Error & { code?: string };
  const problem =
    PROBLEMS[code] ??
    MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ??
    (/CERT|SIGNATURE/.test(code) && untrusted);
  return problem ? problem(address, message) : `no connection to ${place(address)}: ${message}`;
}

const untrusted = ({ host }: Address, message: string): string =>
  `the certificate of ${host} is not trusted (${message}): its authority's file goes into NODE_EXTRA_CA_CERTS`;
