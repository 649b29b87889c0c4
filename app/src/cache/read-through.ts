import { setTimeout as delay } from "node:timers/promises";
import { type Content, StoredBody } from "./body.ts";
import type { FirstLevel } from "./first-level.ts";
import type { Clock, Logger, Warn } from "./logger.ts";
import type { Lifetime, Namespace } from "./namespaces.ts";
import { type Found, LOCK_MS, type Lock, type SecondLevel } from "./second-level.ts";
import type { SingleFlight } from "./single-flight.ts";
import { COMPRESSED_FROM_BYTES, compact, type Kind } from "./values.ts";

/** What a loader is told. */
export interface Loading {
  /** The namespace was written to a moment ago, or the client asked for no-cache: read from the writer. */
  readonly fresh: boolean;
}

/** How a value came. */
export type Outcome = "hit" | "miss" | "stale";

/** A value that came from somewhere. */
export interface Loaded {
  readonly body: StoredBody;
  readonly outcome: Outcome;
}

/** What the process knows of one namespace. */
export interface Room {
  readonly namespace: Namespace;
  readonly lifetime: Lifetime;
  readonly first: FirstLevel;
  readonly flights: SingleFlight<Loaded>;
  /** On the clock: until then, what was written may not have arrived at the replicas. */
  freshUntil: number;
}

/** A value that is asked for. */
export interface Asked {
  readonly room: Room;
  readonly key: string;
  readonly kind: Kind;
  readonly load: (loading: Loading) => Promise<string | Buffer>;
  /** Nothing that is stored is good enough. */
  readonly noCache: boolean;
}

/** What reading through works with. */
export interface ReadThroughOptions {
  readonly second: SecondLevel;
  readonly gzipLevel: number;
  readonly logger: Logger;
  readonly warn: Warn;
  readonly clock: Clock;
}

/** Waits of whoever waits for another process's load double from the first to the last. */
const WAIT_MIN_MS = 10;
const WAIT_MAX_MS = 160;
/** Longer than the lock of a loader that died; then the value is loaded without being stored. */
const PATIENCE_MS = 1.5 * LOCK_MS;

/** Reads values from the first level, from the second, or from where they come from; the last once for all who ask. */
export class ReadThrough {
  readonly #options: ReadThroughOptions;

  constructor(options: ReadThroughOptions) {
    this.#options = options;
  }

  /** @throws what the loader throws, when there is no stale value in its place */
  read(asked: Asked): Promise<Loaded> {
    const { room, key, noCache } = asked;
    return room.flights.run(`${noCache ? "new" : "any"}:${key}`, () =>
      noCache ? this.#reload(asked) : this.#find(asked),
    );
  }

  async #reload(asked: Asked): Promise<Loaded> {
    const { epoch } = asked.room.flights;
    const found = await this.#options.second.look(asked.room.namespace, asked.key, asked.kind, "always");
    if (found?.lock === undefined) return this.#loadUnlocked(asked, true, epoch);
    return this.#loadLocked(asked, { ...found, fresh: true }, found.lock, epoch);
  }

  async #find(asked: Asked): Promise<Loaded> {
    const { room, key, kind } = asked;
    const { epoch } = room.flights;
    for (let waited = 0, wait = WAIT_MIN_MS; ; wait = Math.min(2 * wait, WAIT_MAX_MS)) {
      const found = await this.#options.second.look(room.namespace, key, kind);
      if (found === undefined) return this.#loadUnlocked(asked, this.#fresh(room), epoch);
      const { content, lock } = found;
      if (content !== undefined && !found.stale) {
        const body = this.#found(asked, found, content);
        if (epoch === room.flights.epoch) room.first.put(key, body);
        return { body, outcome: "hit" };
      }
      if (content !== undefined && room.lifetime.revalidates) {
        if (lock !== undefined) this.#background(this.#revalidate(asked, found, lock, epoch));
        return { body: this.#found(asked, found, content), outcome: "stale" };
      }
      if (lock !== undefined) return this.#loadLocked(asked, found, lock, epoch);
      // Another process is loading it.
      if (waited >= PATIENCE_MS) return this.#loadUnlocked(asked, found.fresh, undefined);
      const pause = wait * (0.5 + Math.random() / 2);
      await delay(pause);
      waited += pause;
    }
  }

  /** Loads a value for all processes. */
  async #loadLocked(asked: Asked, found: Found, lock: Lock, epoch: number): Promise<Loaded> {
    try {
      const body = await this.#load(asked, found, lock);
      this.#background(this.#publish(asked, body, lock, epoch));
      return { body, outcome: "miss" };
    } catch (error) {
      this.#background(this.#options.second.release(lock));
      if (found.content === undefined || isAnswer(error)) throw error;
      return { body: this.#found(asked, found, found.content), outcome: "stale" };
    }
  }

  /**
   * Loads a value without the other processes: it is not stored.
   *
   * @param epoch that it may be kept in; none when Redis knows more of invalidations than this process
   */
  async #loadUnlocked(asked: Asked, fresh: boolean, epoch: number | undefined): Promise<Loaded> {
    const { room, key, noCache, load } = asked;
    try {
      const body = this.#body(asked, plain(await load({ fresh })));
      if (epoch === room.flights.epoch) room.first.put(key, body);
      return { body, outcome: "miss" };
    } catch (error) {
      const last = epoch === room.flights.epoch && !noCache ? room.first.last(key) : undefined;
      if (last === undefined || isAnswer(error)) throw error;
      return { body: last, outcome: "stale" };
    }
  }

  /** Loads a value in the place of one that is served meanwhile. */
  async #revalidate(asked: Asked, found: Found, lock: Lock, epoch: number): Promise<void> {
    try {
      await this.#publish(asked, await this.#load(asked, found, lock), lock, epoch);
    } catch (error) {
      const { namespace } = asked.room;
      if (isAnswer(error)) await this.#options.second.delete(namespace, asked.key);
      // The lock is kept until it ends: nobody tries again before.
      else this.#options.warn({ err: error, namespace }, "a stale value was not renewed");
    }
  }

  /** Loads while the lock is renewed, so that it ends only with the process. */
  async #load(asked: Asked, { generation, fresh }: Found, lock: Lock): Promise<StoredBody> {
    const renewal = setInterval(() => this.#background(this.#options.second.renew(lock)), LOCK_MS / 2);
    renewal.unref();
    try {
      return this.#body(asked, plain(await asked.load({ fresh: fresh || this.#fresh(asked.room) })), generation);
    } finally {
      clearInterval(renewal);
    }
  }

  /** Stores what was loaded, and keeps it unless it was outdated before. */
  async #publish({ room, key, kind }: Asked, body: StoredBody, lock: Lock, epoch: number): Promise<void> {
    const content = kind === "json" ? await compact(body) : { bytes: body.identity(), gzipped: false, etag: body.etag };
    const outcome = await this.#options.second.store(lock, content);
    if (outcome !== "refused" && epoch === room.flights.epoch) room.first.put(key, body);
  }

  /** The body of what was found. One that is found for the second time is worth its gzip. */
  #found(asked: Asked, { generation }: Found, content: Content): StoredBody {
    const last = asked.room.first.last(asked.key);
    if (last === undefined || content.etag === undefined || last.etag !== content.etag) {
      return this.#body(asked, content, generation);
    }
    if (!content.gzipped && content.bytes.length > COMPRESSED_FROM_BYTES) {
      this.#background(last.gzip() === undefined ? last.compress() : this.#exchange(asked, last, generation));
    }
    return last;
  }

  /** @param generation that an answer's body is stored under: once it is there, so is its gzip */
  #body(asked: Asked, content: Content, generation?: string): StoredBody {
    const { gzipLevel } = this.#options;
    if (asked.kind === "json" || generation === undefined) return new StoredBody(content, gzipLevel);
    const onGzip = (body: StoredBody) => this.#background(this.#exchange(asked, body, generation));
    return new StoredBody(content, gzipLevel, onGzip);
  }

  /** Stores the gzip of a body that is stored plain. */
  async #exchange({ room, key }: Asked, body: StoredBody, generation: string): Promise<void> {
    const { etag } = body;
    const from = { bytes: body.identity(), gzipped: false, etag };
    const to = { bytes: await body.compress(), gzipped: true, etag };
    await this.#options.second.exchange(room.namespace, key, generation, from, to);
  }

  #fresh(room: Room): boolean {
    return this.#options.clock() < room.freshUntil;
  }

  #background(work: Promise<unknown>): void {
    work.catch((error) => this.#options.logger.error({ err: error }, "the cache failed in the background"));
  }
}

const plain = (loaded: string | Buffer): Content => ({
  bytes: typeof loaded === "string" ? Buffer.from(loaded) : loaded,
  gzipped: false,
});

/** An error that tells the client about its request is no failure to load: no stale value takes its place. */
function isAnswer(error: unknown): boolean {
  return error instanceof Error && "status" in error && typeof error.status === "number" && error.status < 500;
}
