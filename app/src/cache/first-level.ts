import { LRUCache } from "lru-cache";
import type { StoredBody } from "./body.ts";
import type { Clock } from "./logger.ts";
import { FIRST_LEVEL_MS } from "./namespaces.ts";

/** No body takes so much room that fewer than these have any. */
const MIN_ENTRIES = 8;

interface Entry {
  readonly body: StoredBody;
  /** On the clock. */
  readonly until: number;
}

/** Bodies of one namespace in the process's memory, those that were used longest ago dropped first. */
export class FirstLevel {
  readonly #maxBytes: number;
  readonly #clock: Clock;
  #entries: LRUCache<string, Entry>;

  /** @param maxBytes of all bodies, both forms of each counted; with 0, none is kept */
  constructor(maxBytes: number, clock: Clock) {
    this.#maxBytes = maxBytes;
    this.#clock = clock;
    this.#entries = this.#empty();
  }

  /** The body, unless it is older than {@link FIRST_LEVEL_MS}. */
  get(key: string): StoredBody | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && this.#clock() < entry.until ? entry.body : undefined;
  }

  /** The body, however old it is. */
  last(key: string): StoredBody | undefined {
    return this.#entries.peek(key)?.body;
  }

  put(key: string, body: StoredBody): void {
    if (this.#maxBytes > 0) this.#entries.set(key, { body, until: this.#clock() + FIRST_LEVEL_MS });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  clear(): void {
    // Emptying the old one would take time for each entry.
    this.#entries = this.#empty();
  }

  get count(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#entries.calculatedSize;
  }

  #empty(): LRUCache<string, Entry> {
    return new LRUCache({
      maxSize: Math.max(1, this.#maxBytes),
      maxEntrySize: Math.max(1, Math.floor(this.#maxBytes / MIN_ENTRIES)),
      sizeCalculation: ({ body }) => body.weight,
    });
  }
}
