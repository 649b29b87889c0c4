import type { Invalidation } from "../cache/cache.ts";
import type { Relief } from "../monitor/pressure.ts";
import type { Snapshot } from "../telemetry/snapshot.ts";

/** What the primary sends to a worker. */
export type ToWorker =
  /** Is the event loop alive? */
  | { readonly type: "ping" }
  | { readonly type: "collect"; readonly id: number }
  | { readonly type: "invalidation"; readonly message: Invalidation }
  | { readonly type: "relieve"; readonly relief: Relief };

/** What a worker sends to the primary. Any of it shows that its event loop is alive. */
export type ToPrimary =
  | { readonly type: "pong" }
  /** It listens. */
  | { readonly type: "ready" }
  /** It is about to exit, and why. */
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "metrics"; readonly id: number; readonly snapshot: Snapshot }
  /** For the other workers. */
  | { readonly type: "invalidation"; readonly message: Invalidation };
