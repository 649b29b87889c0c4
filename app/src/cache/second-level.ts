import { hash } from "node:crypto";
import { UNNOTICED_LAG_SECONDS } from "../database/replica.ts";
import type { Content } from "./body.ts";
import { KEY_PREFIX } from "./connection.ts";
import { type Attempt, FORMAT, GENERATION_MS, type Generations, generationKey, newToken } from "./generations.ts";
import type { Warn } from "./logger.ts";
import type { Lifetime, Namespace } from "./namespaces.ts";
import { DELETE, EXCHANGE, LOAD, READ, RELEASE, RENEW, STORE, TOKEN_LENGTH, WRITE } from "./scripts.ts";
import { decode, encode, headerOf, type Kind, MAX_VALUE_BYTES } from "./values.ts";

/** Characters of a key; a longer one is hashed. Guide, Redis Caching Optimization: max_key_size. */
const MAX_KEY_LENGTH = 250;
/** How long the lock of a loader that died keeps others from loading. */
export const LOCK_MS = 2000;
/** A replica may not have what was written this long ago. What is read from it without that would be kept for minutes. */
export const FRESH_MS = UNNOTICED_LAG_SECONDS * 1000;
/** Keys of one command, which holds up all others. */
const BATCH_KEYS = 1000;

/** The right to load a value and store it. */
export interface Lock {
  readonly namespace: Namespace;
  readonly key: string;
  readonly generation: string;
  /** Content of the lock's key. */
  readonly held: string;
}

/** What there is of a value. */
export interface Found {
  readonly generation: string;
  readonly content?: Content | undefined;
  /** The content's time is over. */
  readonly stale: boolean;
  /** It is this caller who loads it. */
  readonly lock?: Lock | undefined;
  /** Read from the writer: the replicas may not have what was written a moment ago. */
  readonly fresh: boolean;
}

/** What the second level works with. */
export interface SecondLevelOptions {
  readonly attempt: Attempt;
  readonly generations: Generations;
  readonly lifetimes: Readonly<Record<Namespace, Lifetime>>;
  readonly warn: Warn;
}

/** The cache in Redis. It never fails: what it cannot do is as if nothing were there. */
export class SecondLevel {
  readonly #options: SecondLevelOptions;

  constructor(options: SecondLevelOptions) {
    this.#options = options;
  }

  /**
   * Reads a value, and takes the lock to load it when it is missing or stale.
   *
   * @param take `always` takes the lock from another loader, and the value for missing
   * @returns undefined when Redis cannot be asked
   */
  async look(
    namespace: Namespace,
    key: string,
    kind: Kind,
    take: "missing" | "always" = "missing",
  ): Promise<Found | undefined> {
    if (!(await this.#options.generations.settled(namespace))) return undefined;
    const token = newToken();
    const times = [LOCK_MS, GENERATION_MS, FRESH_MS, this.#lifetime(namespace).staleSeconds * 1000];
    const reply = await this.#options.attempt(LOAD, keysFor(namespace, key), [token, ...times.map(String), take]);
    if (reply === undefined) return undefined;
    const [begun, stored, stale, locked, fresh] = reply as [Buffer, Buffer | null, number, number, number];
    const generation = begun.toString();
    const found = {
      generation,
      stale: stale === 1,
      lock: locked === 1 ? { namespace, key, generation, held: generation + token } : undefined,
      fresh: fresh === 1,
    };
    if (stored === null || take === "always") return found;
    const content = this.#decode(stored, namespace, kind);
    return content === undefined ? this.look(namespace, key, kind, "always") : { ...found, content };
  }

  /** Stores what was loaded and gives the lock back. Refused is what is outdated, or too large. */
  async store(lock: Lock, content: Content): Promise<"stored" | "refused" | "unavailable"> {
    const { namespace, key, held } = lock;
    if (!this.#fits(content, namespace)) {
      await this.release(lock);
      return "refused";
    }
    const life = String(this.#lifeMs(namespace));
    // Redis puts the parts together: joined here, each value would be copied once more.
    const parts = [held, life, headerOf(content), content.bytes];
    const reply = await this.#options.attempt(STORE, keysFor(namespace, key), parts);
    if (reply === undefined) return "unavailable";
    return reply === 1 ? "stored" : "refused";
  }

  /** Keeps the lock for another {@link LOCK_MS}. */
  async renew({ namespace, key, held }: Lock): Promise<void> {
    await this.#options.attempt(RENEW, [lockKey(namespace, key)], [held, String(LOCK_MS)]);
  }

  async release({ namespace, key, held }: Lock): Promise<void> {
    await this.#options.attempt(RELEASE, [lockKey(namespace, key)], [held]);
  }

  /** Puts a content in the place of another that was stored under this generation, if it is still there. */
  async exchange(namespace: Namespace, key: string, generation: string, from: Content, to: Content): Promise<void> {
    const before = Buffer.concat([Buffer.from(generation), headerOf(from)]);
    const after = Buffer.concat([Buffer.from(generation), encode(to)]);
    await this.#options.attempt(EXCHANGE, [valueKey(namespace, key)], [before, after]);
  }

  /** The values of those keys that are there. */
  async read(namespace: Namespace, keys: readonly string[]): Promise<Map<string, Content>> {
    const contents = new Map<string, Content>();
    if (!(await this.#options.generations.settled(namespace))) return contents;
    const window = String(this.#lifetime(namespace).staleSeconds * 1000);
    for (const batch of batches(keys)) {
      const values = batch.map((key) => valueKey(namespace, key));
      const reply = await this.#options.attempt(READ, [generationKey(namespace), ...values], [window]);
      const stored = (reply ?? []) as (Buffer | null)[];
      for (const [index, key] of batch.entries()) {
        const value = stored[index] ?? null;
        const content = value === null ? undefined : this.#decode(value, namespace, "json");
        if (content !== undefined) contents.set(key, content);
      }
    }
    return contents;
  }

  /**
   * Writes values, except those that are too large.
   *
   * @returns whether all of them were written
   */
  async write(namespace: Namespace, contents: ReadonlyMap<string, Content>, ttlSeconds?: number): Promise<boolean> {
    if (!(await this.#options.generations.settled(namespace))) return false;
    const fitting = [...contents].filter(([, content]) => this.#fits(content, namespace));
    let written = fitting.length === contents.size;
    const times = [GENERATION_MS, this.#lifeMs(namespace, ttlSeconds)].map(String);
    for (const batch of batches(fitting)) {
      const keys = batch.flatMap(([key]) => [valueKey(namespace, key), lockKey(namespace, key)]);
      const values = batch.map(([, content]) => encode(content));
      const reply = await this.#options.attempt(
        WRITE,
        [generationKey(namespace), ...keys],
        [newToken(), ...times, ...values],
      );
      if (reply === undefined) written = false;
    }
    return written;
  }

  /**
   * Deletes a value, so that nobody who is loading it can store it. While Redis cannot be told, the namespace's
   * generation is owed to it instead.
   *
   * @returns whether it was there
   */
  async delete(namespace: Namespace, key: string): Promise<boolean> {
    const reply = await this.#options.attempt(DELETE, keysFor(namespace, key), [String(FRESH_MS)]);
    if (reply === undefined) this.#options.generations.owe(namespace);
    return reply === 1;
  }

  #lifetime(namespace: Namespace): Lifetime {
    return this.#options.lifetimes[namespace];
  }

  #lifeMs(namespace: Namespace, seconds = this.#lifetime(namespace).ttlSeconds): number {
    return (seconds + this.#lifetime(namespace).staleSeconds) * 1000;
  }

  #fits({ bytes }: Content, namespace: Namespace): boolean {
    const fits = bytes.length <= MAX_VALUE_BYTES;
    if (!fits) this.#options.warn({ namespace, bytes: bytes.length }, "a value is too large for the cache");
    return fits;
  }

  #decode(stored: Buffer, namespace: Namespace, kind: Kind): Content | undefined {
    const content = decode(stored.subarray(TOKEN_LENGTH), kind);
    if (content === undefined) this.#options.warn({ namespace, kind }, "a value in the cache is damaged");
    return content;
  }
}

const keysFor = (namespace: Namespace, key: string) => [
  valueKey(namespace, key),
  lockKey(namespace, key),
  generationKey(namespace),
];

const valueKey = (namespace: Namespace, key: string) => fullKey("cache", namespace, key);

const lockKey = (namespace: Namespace, key: string) => fullKey("lock", namespace, key);

/** The guide's `_generate_cache_key`. What stands for a long key cannot be a short one. */
function fullKey(purpose: string, namespace: Namespace, key: string): string {
  const place = `${KEY_PREFIX}${purpose}:${FORMAT}:${namespace}`;
  const full = `${place}:${key}`;
  return full.length <= MAX_KEY_LENGTH ? full : `${place}#${hash("sha256", key)}`;
}

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += BATCH_KEYS) yield items.slice(start, start + BATCH_KEYS);
}
