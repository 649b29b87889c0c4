import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Connection, Reader } from "./connection.ts";
import { Interrupted } from "./exit.ts";
import { duration, percent } from "./format.ts";
import { blockersOf, described, type Holder, openTransactions } from "./holders.ts";

/** How long the tool waits for others. */
export interface Limits {
  /** For its turn, which migrations and other runs may have. */
  readonly turnMs: number;
  /** For a lock, in one try. */
  readonly lockMs: number;
  readonly tries: number;
  /** Between the first try and the second; twice as long between the next ones. */
  readonly pauseMs: number;
}

/** Somebody holds what a statement needs, and did not let go of it in time. */
export class Held extends Error {
  override readonly name = "Held";

  constructor(what: string, holders: readonly Holder[]) {
    const whose = holders.length === 0 ? "a session that is gone" : holders.map(described).join(", ");
    super(`${what} is in use by ${whose}`);
  }
}

/** lock_not_available and deadlock_detected: the same statement may succeed later. */
const LOCK_CODES = ["55P03", "40P01"];

/** How often a statement is looked at while it runs. */
const WATCH_MS = 500;

/** How often progress is told while the phase stays the same. */
const PROGRESS_MS = 5000;

/** What the server tells of the long statements. Both views show the statements of the same role. */
const PROGRESS = `
  SELECT phase, CASE WHEN blocks_total > 0 THEN blocks_done / blocks_total::float
                     WHEN tuples_total > 0 THEN tuples_done / tuples_total::float END AS share
  FROM pg_stat_progress_create_index WHERE pid = $1
  UNION ALL
  SELECT phase, CASE WHEN heap_blks_total > 0 THEN heap_blks_scanned / heap_blks_total::float END
  FROM pg_stat_progress_vacuum WHERE pid = $1`;

/** What a worker works with. */
export interface WorkerOptions {
  /** Runs the statements. */
  readonly connection: Connection;
  /** Looks at them while they run, and cancels them. */
  readonly observer: Connection;
  readonly limits: Limits;
  /** Takes one line of progress. */
  readonly note: (line: string) => void;
  readonly interrupted: AbortSignal;
}

/** Runs statements that take long or wait for others, tells of both, and cancels them when the user ends the run. */
export class Worker {
  readonly limits: Limits;
  readonly note: (line: string) => void;
  readonly #connection: Connection;
  readonly #observer: Connection;
  readonly #interrupted: AbortSignal;

  constructor({ connection, observer, limits, note, interrupted }: WorkerOptions) {
    this.limits = limits;
    this.note = note;
    this.#connection = connection;
    this.#observer = observer;
    this.#interrupted = interrupted;
  }

  /** For short statements that read. */
  get reader(): Reader {
    return this.#observer;
  }

  /** The session that runs the statements. */
  get connection(): Connection {
    return this.#connection;
  }

  /**
   * Runs a statement.
   *
   * @throws Held when it waited too long for a lock; Interrupted; pg.DatabaseError; Error when the connection breaks
   */
  run<Row>(sql: string, subject: string): Promise<Row[]> {
    this.#goOn();
    return this.#watched(sql, subject, this.#interrupted);
  }

  /** Runs a statement that cleans up: it is not cancelled. */
  runToEnd<Row>(sql: string, subject: string): Promise<Row[]> {
    return this.#watched(sql, subject, undefined);
  }

  /**
   * Waits until the transactions that are open now, and in the way of CONCURRENTLY on a table, have ended. What is not
   * begun leaves no invalid index.
   *
   * @throws Held; Interrupted
   */
  async clear(table: string): Promise<void> {
    const except = [this.#connection.pid, this.#observer.pid];
    const open = () => openTransactions(this.#observer, table, except);
    const deadline = performance.now() + this.limits.lockMs;
    const told = new Set<number | null>();
    let inTheWay = await open();
    while (inTheWay.length > 0) {
      if (performance.now() > deadline) throw new Held(table, inTheWay);
      await this.pause(WATCH_MS / 2);
      const now = new Map((await open()).map((transaction) => [transaction.transaction, transaction]));
      inTheWay = inTheWay.flatMap(({ transaction }) => now.get(transaction) ?? []);
      this.#tell(table, inTheWay, told);
    }
  }

  /** @throws Interrupted */
  async pause(ms: number): Promise<void> {
    await sleep(ms, this.#interrupted);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#interrupted.aborted) throw new Interrupted();
  }

  async #watched<Row>(sql: string, subject: string, cancelled: AbortSignal | undefined): Promise<Row[]> {
    const ended = new AbortController();
    const blockers: Holder[] = [];
    const watching = this.#watch(subject, blockers, ended.signal, cancelled);
    try {
      return await this.#connection.query<Row>(sql);
    } catch (error) {
      if (cancelled?.aborted) throw new Interrupted();
      if (error instanceof pg.DatabaseError && LOCK_CODES.includes(error.code ?? "")) {
        throw new Held(subject, blockers);
      }
      throw error;
    } finally {
      ended.abort();
      await watching;
    }
  }

  /** Looks at the statement until it ended. A look that fails does not end the statement. */
  async #watch(subject: string, blockers: Holder[], ended: AbortSignal, cancelled: AbortSignal | undefined) {
    const { pid } = this.#connection;
    const started = performance.now();
    const told = new Set<number | null>();
    let last = { phase: "", at: started };
    const either = cancelled ? AbortSignal.any([ended, cancelled]) : ended;
    for (;;) {
      // Before the lock's time is over, so that who holds it is known by then.
      await sleep(Math.min(WATCH_MS, this.limits.lockMs / 4), cancelled?.aborted ? ended : either);
      if (ended.aborted) return;
      try {
        // Again and again: one that arrived before its statement did nothing.
        if (cancelled?.aborted) await this.#observer.query("SELECT pg_cancel_backend($1)", [pid]);
        const waitingFor = await blockersOf(this.#observer, pid);
        if (waitingFor.length > 0) blockers.splice(0, blockers.length, ...waitingFor);
        this.#tell(subject, waitingFor, told);
        const [progress] = await this.#observer.query<{ phase: string; share: number | null }>(PROGRESS, [pid]);
        const now = performance.now();
        if (progress && (progress.phase !== last.phase || now - last.at > PROGRESS_MS)) {
          last = { phase: progress.phase, at: now };
          const share = progress.share === null ? "" : ` ${percent(progress.share)}`;
          this.note(`  ${subject}: ${progress.phase}${share} after ${duration((now - started) / 1000)}`);
        }
      } catch (error) {
        this.note(`  ${subject}: its progress cannot be read: ${(error as Error).message}`);
      }
    }
  }

  #tell(subject: string, holders: readonly Holder[], told: Set<number | null>): void {
    for (const holder of holders) {
      if (!told.has(holder.pid)) this.note(`  ${subject}: waits for ${described(holder)}`);
      told.add(holder.pid);
    }
  }
}

/** Until the time is over or the signal is given. */
async function sleep(ms: number, woken: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal: woken });
  } catch (error) {
    if (!woken.aborted) throw error;
  }
}
