import { hash } from "node:crypto";
import { Problem } from "./problem.ts";

/** 66 bits of a hash: enough to tell a client that it changed its filters. */
const HASH_LENGTH = 11;

/** Longest cursor that a list takes. Its own have some 70 characters. */
export const CURSOR_MAX_LENGTH = 200;
/** The alphabet of base64url. */
export const CURSOR_PATTERN = "^[A-Za-z0-9_-]+$";

/**
 * Where a list goes on: the last row that was sent, and a hash of what the list was asked for.
 *
 * It is not signed. It holds nothing but the sort key of a row that the client was sent, and whoever writes one himself
 * only asks for a page that any client may ask for: every part is checked when it comes back and is a parameter of the
 * statement, never its text.
 *
 * @param position the row's sort key, as text
 * @param list the list's name and filters, the same text for the same list
 */
export function encodeCursor(position: string, list: string): string {
  return Buffer.from(digest(list) + position, "latin1").toString("base64url");
}

/**
 * What {@link encodeCursor} wrote.
 *
 * @param shape what a position of this list looks like
 * @returns the groups of `shape`
 * @throws Problem 400 for a cursor that no list of this kind has, and for one of a list with other filters
 */
export function decodeCursor(cursor: string, list: string, shape: RegExp): readonly string[] {
  const bytes = Buffer.from(cursor, "base64url");
  const text = bytes.toString("latin1");
  const match = shape.exec(text.slice(HASH_LENGTH));
  // Decoding is lenient. One position has one cursor, so that it has one entry in the cache as well.
  if (match === null || bytes.toString("base64url") !== cursor) throw malformedCursor();
  if (!text.startsWith(digest(list))) {
    throw fault("it belongs to a list with other filters; allowed: the filters of the page that it came with");
  }
  return match.slice(1);
}

/** The problem of a cursor that no list has. */
export function malformedCursor(): Problem {
  return fault("it is no cursor; allowed: next_cursor of the page before, unchanged");
}

function fault(detail: string): Problem {
  return new Problem(400, "invalid-request", "The cursor cannot be used.", {
    errors: [{ pointer: "/query/cursor", detail }],
  });
}

function digest(list: string): string {
  return hash("sha256", list, "base64url").slice(0, HASH_LENGTH);
}
