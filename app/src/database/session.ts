import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";
import { cancel, type Server } from "./cancel.ts";
import type { LoggedInClient } from "./client.ts";
import { DatabaseUnavailable, isStalePlan, unavailable } from "./unavailable.ts";

/** Where lines go; pino's loggers are such. */
export interface Logger {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** What a statement is run with. */
export interface Query {
  /** Of a prepared statement. None: the statement is parsed each time. */
  readonly name?: string;
  readonly text: string;
  readonly values?: readonly unknown[];
  readonly types: pg.CustomTypesConfig;
  readonly rowMode?: "array";
}

/** What a session needs to know of its pool. */
export interface SessionOptions {
  readonly name: string;
  readonly server: Server;
  readonly statementTimeoutSeconds: number;
  readonly logger: Logger;
}

/** A connection while it is lent. Its statements have a time limit, and its errors say whether it can be used again. */
export class Session {
  /** Not to be used again. */
  broken = false;
  /** The server takes no writes. */
  readOnly = false;
  readonly #client: LoggedInClient;
  readonly #options: SessionOptions;

  constructor(client: LoggedInClient, options: SessionOptions) {
    this.#client = client;
    this.#options = options;
  }

  /**
   * Runs one statement.
   *
   * @param timeoutSeconds less than the pool's limit, where an answer is worth nothing later
   * @throws DatabaseUnavailable; pg.DatabaseError when the statement itself is at fault
   */
  query(query: Query, timeoutSeconds = this.#options.statementTimeoutSeconds): Promise<pg.QueryResult> {
    return this.#limited(timeoutSeconds, (resolve, reject) => {
      // With a callback, node-postgres makes neither a promise nor a second stack trace.
      this.#client.query(query as pg.QueryConfig, (error: Error | null, result: pg.QueryResult) =>
        error === null ? resolve(result) : reject(error),
      );
    });
  }

  /**
   * Streams rows into a `COPY … FROM STDIN`. Rows that reject end it, and none of them stays.
   *
   * @returns how many rows were copied
   */
  copyFrom(sql: string, rows: AsyncIterable<Buffer | string>): Promise<number> {
    return this.#limited(this.#options.statementTimeoutSeconds, (resolve, reject) => {
      const copy = this.#client.query(copyFrom(sql));
      // The stream's failing waits for rows that may never come.
      const gone = () => reject(new Error("connection terminated"));
      this.#client.once("end", gone);
      pipeline(rows, copy)
        .then(() => resolve(copy.rowCount), reject)
        .finally(() => this.#client.off("end", gone));
    });
  }

  /** By the client's own clock: a SET would pin RDS Proxy's connection to this client. */
  async #limited<T>(
    seconds: number,
    start: (resolve: (value: T) => void, reject: (error: Error) => void) => void,
  ): Promise<T> {
    const { name } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        timer = setTimeout(() => {
          reject(new DatabaseUnavailable("timeout", `a statement on ${name} took longer than ${seconds} s`));
          this.#cancel();
        }, seconds * 1000);
        start(resolve, reject);
      });
    } catch (error) {
      throw this.#judged(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** So that it does not run on for nobody. The connection is given up: a late cancellation would hit another's statement. */
  #cancel(): void {
    const { server, logger, name } = this.#options;
    if (this.#client.backendKey === undefined) return;
    cancel(server, this.#client.backendKey).catch((error: Error) =>
      logger.warn({ pool: name, reason: error.message }, "a statement could not be cancelled"),
    );
  }

  #judged(error: unknown): unknown {
    const { name } = this.#options;
    const judged =
      unavailable(error) ??
      (this.#client.lost
        ? new DatabaseUnavailable("connection", `connection to ${name} lost: ${(error as Error).message}`, {
            cause: error,
          })
        : undefined);
    this.broken ||= judged !== undefined || isStalePlan(error);
    if (judged === undefined) return error;
    this.readOnly ||= judged.reason === "read-only";
    return judged;
  }
}
