/** What is cached apart from the rest, and invalidated as a whole. */
export type Namespace = "anomalies" | "datasets" | "models" | "sessions" | "predictions";

/** Every namespace. */
export const NAMESPACES: readonly Namespace[] = ["anomalies", "datasets", "models", "sessions", "predictions"];

/** How long the values of a namespace are good for. */
export interface Lifetime {
  readonly ttlSeconds: number;
  /** For how long after that a value is still there, and served when a new one cannot be loaded. */
  readonly staleSeconds: number;
  /** A stale value is served while a new one is loaded, too. */
  readonly revalidates: boolean;
  /** The process keeps the value in its own memory for {@link FIRST_LEVEL_MS}. */
  readonly firstLevel: boolean;
}

/** How long a process serves a value without asking whether another process invalidated it. */
export const FIRST_LEVEL_MS = 1000;

/** Guide, Redis Caching Optimization: default_ttl. */
const DEFAULT_SECONDS = 3600;
const STALE_SECONDS = 3600;
/** How long a session that ended outside of the API is believed. */
const SESSION_SECONDS = 60;

/**
 * The lifetimes of all namespaces. A session that ended must not be believed for longer than its time, unless there is
 * nobody to ask. A prediction of the same input by the same version is the same for ever.
 *
 * @param apiCacheSeconds of answers; guide, FastAPI Application Optimization: 300
 */
export function lifetimes(apiCacheSeconds: number): Readonly<Record<Namespace, Lifetime>> {
  const answers = { ttlSeconds: apiCacheSeconds, staleSeconds: STALE_SECONDS, revalidates: true, firstLevel: true };
  return {
    anomalies: answers,
    datasets: answers,
    // Nothing tells of a model that a migration registers, or somebody retires: it is seen when these are over.
    models: answers,
    sessions: { ttlSeconds: SESSION_SECONDS, staleSeconds: STALE_SECONDS, revalidates: false, firstLevel: false },
    predictions: { ttlSeconds: DEFAULT_SECONDS, staleSeconds: 0, revalidates: false, firstLevel: false },
  };
}
