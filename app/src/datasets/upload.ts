import { createHash } from "node:crypto";
import { addAbortSignal, PassThrough, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Problem } from "../http/problem.ts";

/** A body that is read as a stream. */
export interface Upload {
  /**
   * Its bytes, decompressed, once.
   *
   * @throws Problem 413 from the byte on that is too many, 400 for what is no gzip, 408 when the body does not come
   */
  readonly chunks: AsyncGenerator<Buffer>;
  /** Whether all of it was read. */
  readonly complete: boolean;
  /** Reads what is left, and hashes the whole. @throws Problem as `chunks` does */
  hash(): Promise<Buffer>;
  /** Ends the reading, which then rejects: the client has left, or is too slow. */
  giveUp(): void;
  /**
   * Throws away what is left. A client that still sends reads its answer only then, and its connection stays usable;
   * the server's time-out for requests bounds it.
   */
  discard(): Promise<void>;
}

/** What is known of a body before it is read. */
export interface UploadOptions {
  /** Content-Encoding. */
  readonly encoding: string | undefined;
  /** Content-Length. */
  readonly length: string | undefined;
  /** What is hashed before the body: the same body sent elsewhere is another request. */
  readonly target: string;
  /** Most bytes, before and after decompression. */
  readonly maxBytes: number;
}

/** @throws Problem 415 for an encoding other than gzip, 413 for a length that is too much */
export function openUpload(body: Readable, options: UploadOptions): Upload {
  const { encoding = "identity", length, target, maxBytes } = options;
  const compressed = encoding.toLowerCase() === "gzip";
  if (!compressed && encoding.toLowerCase() !== "identity") {
    throw new Problem(415, "unsupported-media-type", "The Content-Encoding is not supported; allowed: gzip.");
  }
  if (Number(length) > maxBytes) throw tooLarge(maxBytes);

  const decoder = compressed ? createGunzip() : new PassThrough();
  // Unlike a pipeline, a pipe leaves the body alone when the reading ends early: the answer goes over its connection.
  const stop = new AbortController();
  addAbortSignal(stop.signal, body.pipe(decoder));
  const digest = createHash("sha256").update(`${target}\n`);
  let complete = false;
  const chunks = (async function* () {
    let bytes = 0;
    try {
      for await (const chunk of decoder as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > maxBytes) throw tooLarge(maxBytes);
        digest.update(chunk);
        yield chunk;
      }
      complete = true;
    } catch (error) {
      throw stop.signal.aborted ? late() : isCompressionError(error) ? broken() : error;
    }
  })();
  return {
    chunks,
    get complete() {
      return complete;
    },
    hash: async () => {
      while (!(await chunks.next()).done);
      return digest.digest();
    },
    giveUp: () => stop.abort(),
    discard: async () => {
      await chunks.return(undefined);
      body.unpipe(decoder);
      body.resume();
    },
  };
}

function isCompressionError(error: unknown): boolean {
  return String((error as NodeJS.ErrnoException).code).startsWith("Z_");
}

function tooLarge(maxBytes: number): Problem {
  const detail = `The body has more than ${maxBytes} bytes, which is the most, also after decompression; send it in parts.`;
  return new Problem(413, "content-too-large", detail);
}

function broken(): Problem {
  return new Problem(400, "invalid-request", "The body is no gzip, or is cut off.");
}

function late(): Problem {
  // The rest is not waited for.
  return new Problem(408, "request-timeout", "The rest of the body did not arrive in time; send it in parts.", {
    headers: { connection: "close" },
  });
}
