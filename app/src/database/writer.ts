import type { Pool } from "./pool.ts";
import type { Logger, Query, Session } from "./session.ts";
import { DatabaseUnavailable } from "./unavailable.ts";

/** The server that takes writes. There is no other, so each statement tries it. */
export class Writer {
  readonly pool: Pool;
  #healthy = true;
  readonly #logger: Logger;

  constructor(pool: Pool, logger: Logger) {
    this.pool = pool;
    this.#logger = logger;
  }

  /** The last statement reached it, and it took writes. */
  get healthy(): boolean {
    return this.#healthy;
  }

  /** @throws DatabaseUnavailable; what the work rejects with */
  async use<T>(work: (session: Session) => Promise<T>): Promise<T> {
    try {
      const result = await this.pool.use(work);
      this.#note(undefined);
      return result;
    } catch (error) {
      if (error instanceof DatabaseUnavailable && (error.reason === "connection" || error.reason === "read-only")) {
        this.#note(error.message);
      }
      throw error;
    }
  }

  warm(first?: Query): Promise<void> {
    return this.pool.warm(first);
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  #note(problem: string | undefined): void {
    const healthy = problem === undefined;
    if (healthy === this.#healthy) return;
    this.#healthy = healthy;
    if (healthy) this.#logger.info({ pool: this.pool.name }, "writer back");
    else this.#logger.warn({ pool: this.pool.name, reason: problem }, "writer unavailable");
  }
}
