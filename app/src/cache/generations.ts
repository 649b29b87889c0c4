import { randomUUID } from "node:crypto";
import { KEY_PREFIX, type RedisConnection } from "./connection.ts";
import type { Clock } from "./logger.ts";
import type { Namespace } from "./namespaces.ts";
import { CLEAR, type Script } from "./scripts.ts";

/** Part of every key: a new one makes room for another format beside the old one. Guide, `_generate_cache_key`. */
export const FORMAT = "1";

/**
 * How long a generation lasts when nothing is written. Its end is one more invalidation; it has one because its age is
 * read from the time that it has left.
 */
export const GENERATION_MS = 30 * 24 * 3600 * 1000;

/** After a failure, while the connection holds. */
const RETRY_MS = 1000;

/** A failover loses what the replica had not received, the invalidations of this time among it. */
const LOST_BY_FAILOVER_MS = 60_000;

/** Runs a script; `undefined` when Redis did not. */
export type Attempt = (script: Script, keys: readonly string[], args: readonly (string | Buffer)[]) => Promise<unknown>;

/** The generation of each namespace. What was written under one that has ended is never served again. */
export class Generations {
  readonly #attempt: Attempt;
  readonly #redis: RedisConnection;
  readonly #clock: Clock;
  /** Namespaces whose invalidation Redis does not know of. */
  readonly #owed = new Set<Namespace>();
  readonly #settling = new Map<Namespace, Promise<boolean>>();
  readonly #begunAt = new Map<Namespace, number>();

  constructor(redis: RedisConnection, attempt: Attempt, clock: Clock) {
    this.#redis = redis;
    this.#attempt = attempt;
    this.#clock = clock;
    redis.onReady(() => this.#catchUp());
  }

  /** Begins one. When Redis cannot be told, it is as soon as it can, and {@link settled} before. */
  async begin(namespace: Namespace): Promise<void> {
    this.#begunAt.set(namespace, this.#clock());
    const reply = await this.#attempt(CLEAR, [generationKey(namespace)], [newToken(), String(GENERATION_MS)]);
    if (reply === undefined) this.owe(namespace);
  }

  /** An invalidation did not reach Redis: the namespace needs a new generation. */
  owe(namespace: Namespace): void {
    this.#owed.add(namespace);
    // While it is lost, the connection tells when it is back.
    if (this.#redis.isReady()) setTimeout(() => this.settled(namespace), RETRY_MS).unref();
  }

  /** Whether Redis knows of every invalidation that was made here, told now if it did not. */
  async settled(namespace: Namespace): Promise<boolean> {
    const settling = this.#settling.get(namespace);
    if (settling !== undefined) return settling;
    if (!this.#owed.delete(namespace)) return true;
    const settle = this.begin(namespace).then(() => {
      this.#settling.delete(namespace);
      return !this.#owed.has(namespace);
    });
    this.#settling.set(namespace, settle);
    return settle;
  }

  #catchUp(): void {
    const recently = this.#clock() - LOST_BY_FAILOVER_MS;
    for (const [namespace, at] of this.#begunAt) if (at > recently) this.#owed.add(namespace);
    for (const namespace of this.#owed) void this.settled(namespace);
  }
}

/** The key that a namespace's generation is kept under. */
export function generationKey(namespace: Namespace): string {
  return `${KEY_PREFIX}generation:${FORMAT}:${namespace}`;
}

/** What nobody had before, {@link TOKEN_LENGTH} characters long. */
export function newToken(): string {
  return randomUUID();
}
