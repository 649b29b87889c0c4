import pg from "pg";
import { Interrupted } from "./exit.ts";
import { duration, size } from "./format.ts";
import { LOCKED } from "./sql.ts";
import { Held, type Worker } from "./worker.ts";

/** One thing that a step does. */
export interface Action {
  /** The table, view or index. */
  readonly subject: string;
  readonly sql: string;
  /** Table or view, an index of which CONCURRENTLY makes, rebuilds or drops here: a part of it may be left behind. */
  readonly indexOf?: string;
  /** What grows or shrinks by it, as SQL names it. */
  readonly measured?: string;
  /** Room that it needs on the server's disk, at most. */
  readonly needsBytes?: number;
  /** Asked right before: whether there is still something to do. */
  readonly due?: () => Promise<boolean>;
  /** Does it, where that is more than running the SQL once; says what came of it. */
  readonly perform?: (worker: Worker) => Promise<string>;
}

/** What became of an action. `planned`: nothing was run. */
export interface Outcome {
  readonly subject: string;
  readonly sql: string | null;
  readonly status: "planned" | "done" | "needless" | "failed" | "interrupted";
  readonly seconds: number | null;
  readonly bytes_before: number | null;
  readonly bytes_after: number | null;
  /** Why it failed, or what came of it. */
  readonly message: string | null;
}

/** disk_full */
const DISK_FULL = "53100";

/** After this nothing else can be done in the run. */
export class Stop extends Error {
  override readonly name = "Stop";
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super(outcome.message ?? "");
    this.outcome = outcome;
  }
}

/** How to be rid of an index that a statement left invalid. */
export type Discard = (worker: Worker, table: string, index: string) => Promise<void>;

/** An action that is not run. */
export const planned = ({ subject, sql }: Action): Outcome => outcome(subject, sql, "planned");

/** What could not be begun, and why. */
export const impossible = (subject: string, message: string): Outcome => outcome(subject, null, "failed", { message });

/**
 * Does an action: again, when others hold what it needs; and leaves no index behind that is half made.
 *
 * @throws Stop when the run is over: interrupted, the disk is full, or the connection is gone
 */
export async function perform(worker: Worker, action: Action, discard: Discard): Promise<Outcome> {
  const { subject, sql, measured, needsBytes } = action;
  const started = performance.now();
  const before = await bytesOf(worker, measured);
  worker.note(
    `${sql}${needsBytes === undefined ? "" : `  (needs up to ${size(needsBytes)}, as much again while it sorts)`}`,
  );
  const finish = async (status: Outcome["status"], message: string | null) => {
    const after = status === "done" ? await bytesOf(worker, measured) : null;
    const seconds = (performance.now() - started) / 1000;
    worker.note(`  ${subject}: ${status} in ${duration(seconds)}${message === null ? "" : `: ${message}`}`);
    return outcome(subject, sql, status, { seconds, bytes_before: before, bytes_after: after, message });
  };
  try {
    const message = await tried(worker, action, discard);
    return await finish(message === undefined ? "needless" : "done", message ?? null);
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof Interrupted) throw new Stop(await finish("interrupted", message || null));
    if (worker.connection.lost)
      throw new Stop(await finish("failed", `the connection broke: ${worker.connection.lost.message}`));
    if (error instanceof pg.DatabaseError && error.code === DISK_FULL) {
      throw new Stop(await finish("failed", diskFull(message, needsBytes, before)));
    }
    return finish("failed", message);
  }
}

function diskFull(message: string, needs: number | undefined, bytes: number | null): string {
  const size_ = bytes === null ? "" : `; it has ${size(bytes)} now`;
  const wanted = needs === undefined ? "" : `; it needs up to ${size(needs)}, as much again while it sorts`;
  return `the server's disk is full (${message})${size_}${wanted}: give it more storage and run this again`;
}

/** @returns what came of it, `null` for nothing to tell; undefined when there was nothing to do */
async function tried(worker: Worker, action: Action, discard: Discard): Promise<string | null | undefined> {
  const { tries, pauseMs } = worker.limits;
  const { indexOf } = action;
  const known = indexOf === undefined ? [] : await invalidIndexes(worker, indexOf);
  const left = async (table: string) => (await invalidIndexes(worker, table)).filter((index) => !known.includes(index));
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (indexOf !== undefined) {
        await worker.clear(indexOf);
        // Of the try before.
        for (const index of await left(indexOf)) await discard(worker, indexOf, index);
      }
      if (action.due !== undefined && !(await action.due())) return undefined;
      if (action.perform !== undefined) return await action.perform(worker);
      await worker.run(action.sql, action.subject);
      return null;
    } catch (error) {
      if (!(error instanceof Held) || attempt === tries) {
        if (indexOf !== undefined && !worker.connection.lost) {
          await cleanUp(worker, indexOf, await left(indexOf), discard, error as Error);
        }
        throw error;
      }
      const pause = pauseMs * 2 ** (attempt - 1);
      worker.note(`  try ${attempt} of ${tries}: ${error.message}; again in ${duration(pause / 1000)}`);
      await worker.pause(pause);
    }
  }
}

/** Drops what the failed statement left. What others use stays, which the error then says. */
async function cleanUp(worker: Worker, table: string, left: readonly string[], discard: Discard, cause: Error) {
  for (const index of left) {
    try {
      await discard(worker, table, index);
      worker.note(`  ${index}, which was left invalid, is dropped`);
    } catch (error) {
      const stays = `${index} is left invalid until the next run drops it: ${(error as Error).message}`;
      cause.message = [cause.message, stays].filter((part) => part !== "").join("; ");
    }
  }
}

/** Names of the invalid indexes of a table. */
async function invalidIndexes(worker: Worker, table: string): Promise<string[]> {
  const rows = await worker.reader.query<{ name: string }>(
    "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = to_regclass($1) AND NOT indisvalid",
    [table],
  );
  return rows.map(({ name }) => name);
}

/** With all that belongs to it; null when there is no such relation, or somebody has it for himself. */
async function bytesOf(worker: Worker, relation: string | undefined): Promise<number | null> {
  if (relation === undefined || worker.connection.lost) return null;
  const [row] = await worker.reader.query<{ bytes: number | null }>(
    `SELECT CASE WHEN id NOT IN ${LOCKED} THEN pg_total_relation_size(id) END AS bytes
     FROM (SELECT to_regclass($1)::oid AS id) relation`,
    [relation],
  );
  return row?.bytes ?? null;
}

function outcome(subject: string, sql: string | null, status: Outcome["status"], more: Partial<Outcome> = {}): Outcome {
  return { subject, sql, status, seconds: null, bytes_before: null, bytes_after: null, message: null, ...more };
}
