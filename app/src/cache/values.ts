import { crc32 } from "node:zlib";
import { type Content, type StoredBody, TAG_LENGTH } from "./body.ts";

/** JSON that is parsed for each caller, or the bytes of an answer, which have a tag. A key holds one or the other. */
export type Kind = "json" | "body";

/** Guide, Redis Caching Optimization: max_value_size. */
export const MAX_VALUE_BYTES = 1_048_576;

/** Guide, Redis Caching Optimization: compression_threshold. */
export const COMPRESSED_FROM_BYTES = 1024;

/** A checksum of all that follows it, then a byte of these bits. */
const CHECKSUM_BYTES = 4;
const GZIPPED = 1;
const TAGGED = 2;

const UNQUOTED_LENGTH = TAG_LENGTH - 2;

/** What stands before the bytes: the checksum, how to read them, and the tag of a body. */
export function headerOf({ bytes, gzipped, etag }: Content): Buffer {
  const header = Buffer.alloc(CHECKSUM_BYTES + 1 + (etag === undefined ? 0 : UNQUOTED_LENGTH));
  header.writeUInt8((gzipped ? GZIPPED : 0) | (etag === undefined ? 0 : TAGGED), CHECKSUM_BYTES);
  if (etag !== undefined) header.write(etag.slice(1, -1), CHECKSUM_BYTES + 1, "latin1");
  header.writeUInt32BE(crc32(bytes, crc32(header.subarray(CHECKSUM_BYTES))));
  return header;
}

/** A value as it is stored, without its generation. */
export function encode(content: Content): Buffer {
  return Buffer.concat([headerOf(content), content.bytes]);
}

/** The content of a stored value; none when it is damaged, or of the other kind. */
export function decode(stored: Buffer, kind: Kind): Content | undefined {
  const tagged = kind === "body";
  const start = CHECKSUM_BYTES + 1 + (tagged ? UNQUOTED_LENGTH : 0);
  if (stored.length < start || crc32(stored.subarray(CHECKSUM_BYTES)) !== stored.readUInt32BE()) return undefined;
  const flags = stored.readUInt8(CHECKSUM_BYTES);
  if (tagged !== ((flags & TAGGED) !== 0)) return undefined;
  const etag = tagged ? `"${stored.toString("latin1", CHECKSUM_BYTES + 1, start)}"` : undefined;
  return { bytes: stored.subarray(start), gzipped: (flags & GZIPPED) !== 0, etag };
}

/** What a value of the kind `json` is stored as: gzipped when it is large enough. */
export async function compact(body: StoredBody): Promise<Content> {
  const bytes = body.identity();
  if (bytes.length <= COMPRESSED_FROM_BYTES) return { bytes, gzipped: false };
  return { bytes: await body.compress(), gzipped: true };
}

/** The JSON text of a value. `undefined`, for which JSON has none, has no bytes. */
export function toText(value: unknown): string {
  return JSON.stringify(value) ?? "";
}

/** @throws SyntaxError when it is not what {@link toText} wrote */
export function fromText<T>(text: Buffer): T {
  return text.length === 0 ? (undefined as T) : JSON.parse(text.toString());
}
