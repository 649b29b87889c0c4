import { Problem } from "../http/problem.ts";

/**
 * Longest text of one point. 256 numbers of 25 characters, each on an indented line of its own, are below 11 kB; a text
 * without an end is noticed here, and not when the memory is full.
 */
export const POINT_MAX_BYTES = 16_384;

const LINE_FEED = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const WHITE_SPACE = [0x20, 0x09, LINE_FEED, 0x0d];

/** How a body holds points. */
export interface Format {
  /** The texts of the points, some at a time, in their order. A text that is too long comes cut off, but too long. */
  readonly split: (chunks: AsyncIterable<Buffer>) => AsyncGenerator<readonly Buffer[]>;
  /** Whether a text of white space is no point, rather than a wrong one. */
  readonly skipsBlank: boolean;
  /** What the point of an index, counted from 0, is called. */
  readonly place: (index: number) => string;
}

/** The formats by their media type. */
export const FORMATS: Readonly<Record<string, Format>> = {
  "application/x-ndjson": { split: lines, skipsBlank: true, place: (index) => `line ${index + 1}` },
  "application/json": { split: elements, skipsBlank: false, place: (index) => `element ${index}` },
};

/** The beginning of a text whose end is in a later chunk. */
class Unfinished {
  private parts: Buffer[] = [];
  private bytes = 0;

  add(part: Buffer): void {
    this.parts.push(part);
    this.bytes += part.length;
  }

  get tooLong(): boolean {
    return this.bytes > POINT_MAX_BYTES;
  }

  /** The whole text, after which a new one begins. */
  finish(end: Buffer): Buffer {
    const whole = this.parts.length === 0 ? end : Buffer.concat([...this.parts, end]);
    this.parts = [];
    this.bytes = 0;
    return whole;
  }
}

const NOTHING = Buffer.alloc(0);

/** Points with line feeds between them, and after the last one or not. */
async function* lines(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly Buffer[]> {
  const unfinished = new Unfinished();
  for await (const chunk of chunks) {
    const texts: Buffer[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      texts.push(unfinished.finish(chunk.subarray(start, end)));
      start = end + 1;
    }
    unfinished.add(chunk.subarray(start));
    if (unfinished.tooLong) texts.push(unfinished.finish(NOTHING));
    yield texts;
  }
  yield [unfinished.finish(NOTHING)];
}

/**
 * The elements of one JSON array, found by its commas: what lies between them is parsed as a point, which finds
 * everything else that is wrong.
 *
 * @throws Problem 400 when the body is no array, or more than one
 */
async function* elements(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly Buffer[]> {
  const unfinished = new Unfinished();
  let state: "before" | "inside" | "after" = "before";
  let [depth, inText, escaped, blank] = [0, false, false, true];
  for await (const chunk of chunks) {
    const texts: Buffer[] = [];
    let start = 0;
    for (let index = 0; index < chunk.length; index += 1) {
      const byte = chunk[index] ?? 0;
      if (inText) {
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inText = false;
        continue;
      }
      if (WHITE_SPACE.includes(byte)) continue;
      if (state === "inside") {
        const ends = depth === 0 && byte === CLOSE_ARRAY;
        // The array's end closes its last element, unless there is none.
        if ((depth === 0 && byte === COMMA) || (ends && !blank)) {
          texts.push(unfinished.finish(chunk.subarray(start, index)));
          start = index + 1;
        }
        blank = false;
        if (ends) state = "after";
        else if (byte === QUOTE) inText = true;
        else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth += 1;
        else if ((byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) && depth > 0) depth -= 1;
      } else if (state === "before" && byte === OPEN_ARRAY) {
        state = "inside";
        start = index + 1;
      } else {
        yield texts;
        throw malformed(state === "before" ? "The body is no JSON array." : "Something follows the body's array.");
      }
    }
    if (state === "inside") unfinished.add(chunk.subarray(start));
    if (unfinished.tooLong) texts.push(unfinished.finish(NOTHING));
    yield texts;
  }
  // A body without anything has no points: its reader says so.
  if (state === "inside") throw malformed("The body ends before its array does.");
}

function malformed(detail: string): Problem {
  return new Problem(400, "invalid-request", detail);
}
