import pg from "pg";
import type { Pool } from "./pool.ts";
import type { Logger, Query } from "./session.ts";
import { parsedTypes } from "./types.ts";
import { DatabaseUnavailable, isStalePlan } from "./unavailable.ts";
import type { Writer } from "./writer.ts";

/** How far behind the writer a replica may be read, in seconds. */
const MAX_LAG_SECONDS = 5;

/** How often a replica that is read from is looked at. */
const PROBE_INTERVAL_MS = 1000;

/** A look that takes longer tells of a replica that is no use to a request. */
const PROBE_TIMEOUT_SECONDS = 2;

/** A replica that is read from may be this far behind, in seconds: until a look tells. */
export const UNNOTICED_LAG_SECONDS = MAX_LAG_SECONDS + PROBE_INTERVAL_MS / 1000 + PROBE_TIMEOUT_SECONDS;

/** Wait before a replica that was taken out is looked at again: doubled each time, up to the second. */
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;

/**
 * It has applied what it had received at the last look ($1): what came since does not count, so a new row that is not
 * applied at this moment is no lag, nor is a writer that writes nothing. A replica that receives late, as one that was
 * away and catches up, has applied that too: there a transaction that came since the last look tells, by its age.
 */
const PROBE = `
  SELECT pg_is_in_recovery() AS standby,
         EXISTS (SELECT FROM pg_stat_wal_receiver) AS streaming,
         pg_last_wal_receive_lsn()::text AS received,
         coalesce(pg_last_wal_replay_lsn() >= coalesce($1::pg_lsn, pg_last_wal_receive_lsn()), true) AS applied,
         pg_last_xact_replay_timestamp() AS committed,
         extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) AS age`;

interface Condition {
  readonly standby: boolean;
  readonly streaming: boolean;
  readonly received: string | null;
  readonly applied: boolean;
  /** When the last transaction applied was committed, by the writer's clock. */
  readonly committed: string | null;
  /** Of the last transaction applied, in seconds; null when there was none since the start. */
  readonly age: number | null;
}

/** A standby that is read from while it answers, is a standby, and is not far behind. */
export class Replica {
  readonly pool: Pool;
  /** Until it was looked at, it is believed to be sound: a service that starts does not begin on the writer. */
  #healthy = true;
  #received: string | null = null;
  /** At the last look; undefined before the first. */
  #committed: string | null | undefined;
  /** When the last look began, on the monotonic clock. */
  #lookedAt = 0;
  /** Statements that it has answered. */
  #answers = 0;
  #retryMs = FIRST_RETRY_MS;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #writer: Pick<Writer, "healthy">;
  readonly #logger: Logger;

  constructor(pool: Pool, writer: Pick<Writer, "healthy">, logger: Logger) {
    this.pool = pool;
    this.#writer = writer;
    this.#logger = logger;
    this.#schedule(0);
  }

  get healthy(): boolean {
    return this.#healthy;
  }

  /** @throws DatabaseUnavailable; the replica is then out if it cannot be reached */
  async query(query: Query) {
    try {
      const result = await this.pool.use((session) => session.query(query));
      this.#answers += 1;
      return result;
    } catch (error) {
      if (error instanceof DatabaseUnavailable && error.reason === "connection") this.#takeOut(error.message);
      throw error;
    }
  }

  warm(first?: Query): Promise<void> {
    return this.pool.warm(first);
  }

  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    return this.pool.close();
  }

  async #look(): Promise<void> {
    const problem = await this.#problem();
    if (this.#closed) return;
    if (problem === undefined) {
      this.#takeBack();
      this.#schedule(PROBE_INTERVAL_MS);
    } else if (this.#healthy) {
      this.#takeOut(problem);
    } else {
      this.#schedule(this.#nextRetryMs());
    }
  }

  /** What keeps it from being read; undefined when nothing does. */
  async #problem(): Promise<string | undefined> {
    const began = performance.now();
    const answers = this.#answers;
    try {
      const { rows } = await this.pool.use((session) =>
        session.query({ text: PROBE, values: [this.#received], types: parsedTypes }, PROBE_TIMEOUT_SECONDS),
      );
      const { standby, streaming, received, applied, committed, age } = rows[0] as Condition;
      const behind = `it is ${age ?? "an unknown number of"} s behind`;
      const isNew = this.#committed !== undefined && committed !== this.#committed;
      const since = (performance.now() - this.#lookedAt) / 1000;
      this.#received = received;
      this.#committed = committed;
      this.#lookedAt = began;
      if (!standby) return "it is no standby";
      if (isNew && age !== null && age > MAX_LAG_SECONDS) {
        // It may have come right after the last look. One that is out is looked at again soon, which tells.
        const cameLate = age - since > MAX_LAG_SECONDS;
        if (!cameLate) this.#retryMs = FIRST_RETRY_MS;
        if (cameLate || !this.#healthy) return behind;
      }
      // One that receives nothing does not know what there is to receive; from a writer that is down, nothing.
      if (applied && (streaming || !this.#writer.healthy)) return undefined;
      return age !== null && age <= MAX_LAG_SECONDS ? undefined : behind;
    } catch (error) {
      // Busy is not broken: taken out, its readers would crowd the others. But one that is busy answers now and then.
      const busy = error instanceof DatabaseUnavailable && error.reason === "exhausted" && this.#answers > answers;
      if (busy && this.#healthy) return undefined;
      return (error as Error).message;
    }
  }

  #takeOut(reason: string): void {
    if (!this.#healthy || this.#closed) return;
    this.#healthy = false;
    this.#retryMs = FIRST_RETRY_MS;
    this.#logger.warn({ pool: this.pool.name, reason }, "replica taken out");
    this.#schedule(this.#nextRetryMs());
  }

  #takeBack(): void {
    if (this.#healthy) return;
    this.#healthy = true;
    this.#logger.info({ pool: this.pool.name }, "replica taken back");
  }

  /** Spread, so that the processes do not all ask at once. */
  #nextRetryMs(): number {
    const wait = this.#retryMs * (0.75 + Math.random() / 2);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    return wait;
  }

  #schedule(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), delayMs).unref();
  }
}

/** The replicas, in turns. */
export class Replicas {
  readonly all: readonly Replica[];
  #turn = 0;

  constructor(all: readonly Replica[]) {
    this.all = all;
  }

  /** The next one that can be read, and is not the one given; undefined when there is none. */
  next(except?: Replica): Replica | undefined {
    for (let tried = 0; tried < this.all.length; tried += 1) {
      this.#turn = (this.#turn + 1) % this.all.length;
      const replica = this.all[this.#turn];
      if (replica?.healthy && replica !== except) return replica;
    }
    return undefined;
  }
}

/** serialization_failure: on a standby, replay had to remove what the read needed. */
const RECOVERY_CONFLICT = "40001";

/** Whether a read that failed on a replica may succeed elsewhere. One that was too slow would be so there, too. */
export function isReplicasFault(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return error.reason === "connection";
  return error instanceof pg.DatabaseError && (error.code === RECOVERY_CONFLICT || isStalePlan(error));
}
