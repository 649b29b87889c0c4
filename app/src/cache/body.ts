import { hash } from "node:crypto";
import { promisify } from "node:util";
import { gunzipSync, gzip } from "node:zlib";

const compress = promisify(gzip);

/** Final bytes of an answer. Made once; a hit is neither parsed nor compressed again. */
export interface Body {
  /** Strong, and quoted. */
  readonly etag: string;
  /** The bytes as they are. */
  identity(): Buffer;
  /** The gzipped bytes, when they are already there. */
  gzip(): Buffer | undefined;
  /** The gzipped bytes, which are made once. */
  compress(): Promise<Buffer>;
}

/** Bytes as the cache keeps them: plain, or gzipped. */
export interface Content {
  readonly bytes: Buffer;
  readonly gzipped: boolean;
  /** Tag of the plain bytes, where it is known. */
  readonly etag?: string | undefined;
}

/** Characters of a sha256 as base64url that tell contents apart: 132 bits. */
const TAG_CHARACTERS = 22;

/** Characters of a tag, two quotes among them. */
export const TAG_LENGTH = TAG_CHARACTERS + 2;

/** What an entry takes beside its bytes: objects, key and list nodes, rounded up. */
const OVERHEAD_BYTES = 512;

/** A body that comes from one of its two forms, and has the other when it is asked for. */
export class StoredBody implements Body {
  readonly #level: number;
  readonly #onGzip: ((body: StoredBody) => void) | undefined;
  #etag: string | undefined;
  #identity: Buffer | undefined;
  #gzip: Buffer | undefined;
  #compressing: Promise<Buffer> | undefined;

  /**
   * @param level of gzip, 1 to 9
   * @param onGzip called once, when the gzipped bytes were made
   */
  constructor(content: Content, level: number, onGzip?: (body: StoredBody) => void) {
    this.#level = level;
    this.#onGzip = onGzip;
    this.#etag = content.etag;
    if (content.gzipped) this.#gzip = content.bytes;
    else this.#identity = content.bytes;
  }

  get etag(): string {
    this.#etag ??= tagOf(this.identity());
    return this.#etag;
  }

  identity(): Buffer {
    // One of the two is always there.
    this.#identity ??= gunzipSync(this.#gzip ?? "");
    return this.#identity;
  }

  gzip(): Buffer | undefined {
    return this.#gzip;
  }

  compress(): Promise<Buffer> {
    this.#compressing ??= this.#gzip === undefined ? this.#make() : Promise.resolve(this.#gzip);
    return this.#compressing;
  }

  /** Memory in bytes that both forms may take. gzip writes the plain length last, and makes next to nothing longer. */
  get weight(): number {
    const length = this.#identity?.length ?? this.#gzip?.readUInt32LE(this.#gzip.length - 4) ?? 0;
    return 2 * length + OVERHEAD_BYTES;
  }

  async #make(): Promise<Buffer> {
    this.#gzip = await compress(this.identity(), { level: this.#level });
    this.#onGzip?.(this);
    return this.#gzip;
  }
}

/** Strong tag of a body. */
export function tagOf(identity: Buffer): string {
  return `"${hash("sha256", identity, "base64url").slice(0, TAG_CHARACTERS)}"`;
}
