import { Unusable } from "./model.ts";
import { openSession, type Rows, type Session } from "./runtime.ts";

/** What the thread is asked to do with the session of a number. */
export type Task =
  | {
      readonly kind: "open";
      readonly id: number;
      readonly artifact: Uint8Array<ArrayBuffer>;
      readonly features: number;
    }
  | { readonly kind: "run"; readonly id: number; readonly rows: Rows; readonly count: number }
  | { readonly kind: "release"; readonly id: number };

/** What a task came to. An error's class does not survive the way between threads, its message does. */
export type Result =
  | { readonly scores?: Float32Array; readonly msPerRow: number }
  | { readonly unusable: string; readonly cause: unknown };

const sessions = new Map<number, Session>();

/** The thread's entry: what the sessions of threaded.ts send is done here, one task after the other. */
export default async function handle(task: Task): Promise<Result> {
  try {
    return await perform(task);
  } catch (error) {
    if (error instanceof Unusable) return { unusable: error.message, cause: error.cause };
    throw error;
  }
}

async function perform(task: Task): Promise<Result> {
  if (task.kind === "open") {
    const session = await openSession(task.artifact, task.features);
    sessions.set(task.id, session);
    return { msPerRow: session.msPerRow };
  }
  const session = sessions.get(task.id);
  // The thread that had it ended, and this is its successor.
  if (session === undefined) throw new Unusable("the thread that it ran on has ended");
  if (task.kind === "run") {
    const scores = await session.run(task.rows, task.count);
    return { scores, msPerRow: session.msPerRow };
  }
  sessions.delete(task.id);
  await session.release();
  return { msPerRow: session.msPerRow };
}
