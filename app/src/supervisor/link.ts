import type { Invalidation } from "../cache/cache.ts";
import type { Relief } from "../monitor/pressure.ts";
import type { Snapshot } from "../telemetry/snapshot.ts";
import type { ToPrimary, ToWorker } from "./messages.ts";

/** What a worker does when the primary tells it to. */
export interface LinkHandlers {
  /** The metrics as they are now. */
  snapshot(): Promise<Snapshot>;
  /** Another worker invalidated cached values. */
  invalidate(message: Invalidation): void;
  relieve(relief: Relief): void;
  /** The metrics could not be read. */
  onError(error: unknown): void;
}

/** A worker's line to the primary. */
export interface Link {
  /** Tells that this worker listens. */
  ready(): void;
  /** Tells the other workers of an invalidation made here. */
  invalidated(message: Invalidation): void;
}

/** Connects a worker to the primary that forked it. Without one, in a process started by hand, nobody is told. */
export function linkToPrimary(handlers: LinkHandlers): Link {
  process.on("message", (message: ToWorker) => {
    if (message.type === "ping") void send({ type: "pong" });
    if (message.type === "invalidation") handlers.invalidate(message.message);
    if (message.type === "relieve") handlers.relieve(message.relief);
    if (message.type === "collect") {
      handlers.snapshot().then((snapshot) => send({ type: "metrics", id: message.id, snapshot }), handlers.onError);
    }
  });
  return {
    ready: () => void send({ type: "ready" }),
    invalidated: (message) => void send({ type: "invalidation", message }),
  };
}

/** Tells the primary why this worker is about to exit; settles when that is on its way. */
export const tellFailure = (reason: string): Promise<void> => send({ type: "failed", reason });

/** An error means that the primary is gone; the cluster module then ends this process. */
function send(message: ToPrimary): Promise<void> {
  return new Promise((resolve) => {
    if (process.send) process.send(message, undefined, undefined, () => resolve());
    else resolve();
  });
}
