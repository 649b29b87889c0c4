import { isUtf8 } from "node:buffer";
import { Problem } from "../http/problem.ts";
import { type Format, POINT_MAX_BYTES } from "./formats.ts";
import { copyRow, PointError, type Target } from "./points.ts";

/** Bytes of rows that one COPY stores: some thousand points. A body with fewer is read before a connection is taken. */
const BATCH_BYTES = 262_144;

/**
 * The rows of a body's points for COPY, in batches.
 *
 * @throws Problem 400 for the first point that is wrong
 */
export async function* copyRows(
  chunks: AsyncIterable<Buffer>,
  format: Format,
  target: Target,
): AsyncGenerator<Buffer, undefined> {
  let index = 0;
  let rows = "";
  for await (const texts of format.split(chunks)) {
    for (const text of texts) {
      const row = rowOf(text, index, format, target);
      index += 1;
      rows += row;
    }
    if (rows.length >= BATCH_BYTES) {
      yield Buffer.from(rows, "latin1");
      rows = "";
    }
  }
  if (rows !== "") yield Buffer.from(rows, "latin1");
}

/** The row of a point; none of a blank text where the format skips those. */
function rowOf(text: Buffer, index: number, format: Format, target: Target): string {
  try {
    if (text.length > POINT_MAX_BYTES) throw new PointError("", `it is too long; allowed: ${POINT_MAX_BYTES} bytes`);
    if (!isUtf8(text)) throw new PointError("", "its bytes are no UTF-8");
    const json = text.toString();
    return format.skipsBlank && json.trim() === "" ? "" : copyRow(parsed(json), target);
  } catch (error) {
    if (!(error instanceof PointError)) throw error;
    throw new Problem(400, "invalid-request", `Nothing was stored: ${format.place(index)} is wrong.`, {
      errors: [{ pointer: `/body/${index}${error.pointer}`, detail: `${format.place(index)}: ${error.message}` }],
    });
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new PointError("", "it is no JSON; allowed: {timestamp, values, is_anomaly}");
  }
}

/**
 * The batches that a transaction stores: one that was read before it was opened, and the rest as they come.
 *
 * @param seconds within which each of the rest has to come, as the transaction waits for it
 * @param giveUp ends the reading of the body, which then rejects
 */
export async function* inTime(
  first: Buffer,
  rest: AsyncIterator<Buffer>,
  seconds: number,
  giveUp: () => void,
): AsyncGenerator<Buffer, undefined> {
  yield first;
  for (;;) {
    const timer = setTimeout(giveUp, seconds * 1000);
    const next = await rest.next().finally(() => clearTimeout(timer));
    if (next.done) return;
    yield next.value;
  }
}

/**
 * Uploads that still come while their transaction is open: as many as half of the writer's connections. Such a connection
 * waits for a client's network, though not for long between two batches; the other half is for everybody else. Nothing is
 * spooled to a disk: there is none, and 256 MiB of memory in its place would hold two uploads.
 */
export class UploadSlots {
  private free: number;

  /** @param connections of the writer's pool */
  constructor(connections: number) {
    this.free = Math.max(1, Math.floor(connections / 2));
  }

  /** @throws Problem 503 when every slot is taken */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free === 0) {
      throw new Problem(503, "overloaded", "Too many large uploads are under way.", { retryAfterSeconds: 1 });
    }
    this.free -= 1;
    try {
      return await work();
    } finally {
      this.free += 1;
    }
  }
}
