import { Piscina } from "piscina";
import { Unusable } from "./model.ts";
import type { Session } from "./runtime.ts";
import type { Result, Task } from "./thread.ts";

/** Opens sessions beside the event loop. */
export interface Thread {
  /**
   * As `openSession` of runtime.ts, on the thread. The artifact's bytes move there, as the rows of a run do.
   *
   * @throws Unusable as there, and when the thread ends
   */
  open(artifact: Uint8Array<ArrayBuffer>, features: number): Promise<Session>;
  /** Ends the thread, and what is under way on it. */
  close(): Promise<void>;
}

/**
 * One thread for one process, begun when it is first needed: it exists to keep long runs off the event loop, and more of
 * them would take the cores that other processes answer on.
 */
export function createThread(): Thread {
  const pool = new Piscina<Task, Result>({
    filename: new URL("./thread.ts", import.meta.url).href,
    minThreads: 0,
    maxThreads: 1,
    // The sessions live on it.
    idleTimeout: Number.POSITIVE_INFINITY,
    recordTiming: false,
  });
  // The task that a thread ended with is rejected, and tells of it.
  pool.on("error", () => undefined);

  const send = async (task: Task, transferList?: ArrayBuffer[]) => {
    const result = await pool.run(task, transferList && { transferList }).catch((cause: unknown) => {
      throw new Unusable("the thread that it runs on has ended", { cause });
    });
    if ("unusable" in result) throw new Unusable(result.unusable, { cause: result.cause });
    return result;
  };

  let opened = 0;
  return {
    open: async (artifact, features) => {
      opened += 1;
      const id = opened;
      let { msPerRow } = await send({ kind: "open", id, artifact, features }, [artifact.buffer]);
      return {
        get msPerRow() {
          return msPerRow;
        },
        run: async (rows, count) => {
          const result = await send({ kind: "run", id, rows, count }, [rows.buffer]);
          msPerRow = result.msPerRow;
          if (result.scores === undefined) throw new Error("a run came back without scores");
          return result.scores;
        },
        release: async () => {
          await send({ kind: "release", id }).catch((error: unknown) => {
            // A thread that has ended took its sessions with it.
            if (!(error instanceof Unusable)) throw error;
          });
        },
      };
    },
    close: () => pool.destroy(),
  };
}
