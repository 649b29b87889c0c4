import { Batcher } from "./batcher.ts";
import type { Rows, Session } from "./runtime.ts";

/** Where a session runs: on the event loop, or on the thread beside it. */
export type Home = "loop" | "thread";

/** A model in memory, and those who use it. */
export class LoadedModel {
  readonly home: Home;
  /** Memory that it is taken to fill. */
  readonly bytes: number;
  readonly #session: Session;
  readonly #batcher: Batcher;
  #users = 0;
  #evicted = false;
  #released = false;

  constructor(session: Session, home: Home, bytes: number) {
    this.home = home;
    this.bytes = bytes;
    this.#session = session;
    this.#batcher = new Batcher(session);
  }

  /** Runs so far. */
  get runs(): number {
    return this.#batcher.runs;
  }

  /** Milliseconds that scoring so many rows holds the thread for. */
  milliseconds(count: number): number {
    return this.#session.msPerRow * count;
  }

  /** Scores rows; in {@link use} alone. */
  score(rows: Rows, count: number): Promise<Float32Array> {
    return this.#batcher.score(rows, count);
  }

  /** Keeps the session until the work is done. */
  async use<T>(work: (model: LoadedModel) => Promise<T>): Promise<T> {
    this.#users += 1;
    try {
      return await work(this);
    } finally {
      this.#users -= 1;
      if (this.#evicted) await this.#releaseUnused();
    }
  }

  /** Gives the memory back, once nobody uses it any more. */
  evict(): void {
    this.#evicted = true;
    // Whoever waited for the load that this one makes room for has begun to use it by then.
    setImmediate(() => void this.#releaseUnused());
  }

  async #releaseUnused(): Promise<void> {
    // Its last user may end between the eviction and what the eviction put off.
    if (this.#users > 0 || this.#released) return;
    this.#released = true;
    await this.#session.release();
  }
}
