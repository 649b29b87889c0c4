import { BATCH_ROWS, type Rows, type Session } from "./runtime.ts";

interface Waiting {
  readonly rows: Rows;
  readonly count: number;
  resolve(scores: Float32Array): void;
  reject(error: unknown): void;
}

/**
 * Joins predictions that wait at the same time into runs of up to {@link BATCH_ROWS} rows: those that arrived in one
 * turn of the event loop, and those that came while a run was under way. One run goes at a time, so that the loop turns
 * between two of them. Larger predictions run alone.
 */
export class Batcher {
  readonly #session: Pick<Session, "run">;
  readonly #waiting: Waiting[] = [];
  #draining = false;
  #runs = 0;

  constructor(session: Pick<Session, "run">) {
    this.#session = session;
  }

  /** Runs so far. */
  get runs(): number {
    return this.#runs;
  }

  /**
   * Scores rows.
   *
   * @throws whatever the session's run rejects with, which is no business of later batches
   */
  score(rows: Rows, count: number): Promise<Float32Array> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ rows, count, resolve, reject });
      if (this.#draining) return;
      this.#draining = true;
      // What arrives with this turn's reads waits by then.
      setImmediate(() => void this.#drain());
    });
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) await this.#run(this.#take());
    this.#draining = false;
  }

  /** The oldest prediction, and those after it that fit into its batch. */
  #take(): Waiting[] {
    let count = 0;
    const end = this.#waiting.findIndex((waiting, index) => {
      count += waiting.count;
      return index > 0 && count > BATCH_ROWS;
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    this.#runs += 1;
    try {
      const count = batch.reduce((sum, waiting) => sum + waiting.count, 0);
      const scores = await this.#session.run(joined(batch), count);
      let start = 0;
      for (const { count, resolve } of batch) {
        resolve(scores.subarray(start, start + count));
        start += count;
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}

function joined(batch: readonly Waiting[]): Rows {
  const [first] = batch;
  if (first !== undefined && batch.length === 1) return first.rows;
  const rows = new Float32Array(batch.reduce((sum, waiting) => sum + waiting.rows.length, 0));
  let offset = 0;
  for (const waiting of batch) {
    rows.set(waiting.rows, offset);
    offset += waiting.rows.length;
  }
  return rows;
}
