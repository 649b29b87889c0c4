import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CURSOR_MAX_LENGTH, CURSOR_PATTERN, decodeCursor, encodeCursor } from "../../src/http/cursor.ts";
import { Problem } from "../../src/http/problem.ts";

const SHAPE = /^(\d{1,16})\/(\d{1,16})$/;

/** The detail of the fault that decoding finds. */
function faultOf(cursor: string, list: string): string {
  try {
    decodeCursor(cursor, list, SHAPE);
  } catch (error) {
    assert.ok(error instanceof Problem);
    assert.equal(error.status, 400);
    assert.deepEqual(
      error.errors?.map(({ pointer }) => pointer),
      ["/query/cursor"],
    );
    return error.errors?.[0]?.detail ?? "";
  }
  return "none";
}

const position = fc.tuple(fc.nat(), fc.nat());

test("a cursor gives back the position it was made of", () => {
  fc.assert(
    fc.property(position, fc.string(), ([first, second], list) => {
      const cursor = encodeCursor(`${first}/${second}`, list);
      assert.deepEqual(decodeCursor(cursor, list, SHAPE), [String(first), String(second)]);
      assert.match(cursor, new RegExp(CURSOR_PATTERN));
      assert.ok(cursor.length <= CURSOR_MAX_LENGTH);
    }),
  );
});

test("a cursor of a list with other filters is told apart", () => {
  fc.assert(
    fc.property(position, fc.string(), fc.string(), ([first, second], list, other) => {
      fc.pre(list !== other);
      assert.match(faultOf(encodeCursor(`${first}/${second}`, list), other), /other filters/);
    }),
  );
});

test("a position has one cursor: no other text decodes to it", () => {
  fc.assert(
    fc.property(position, fc.nat(), fc.constantFrom(..."ABCxyz019-_=+/ "), ([first, second], at, character) => {
      const cursor = encodeCursor(`${first}/${second}`, "list");
      const index = at % (cursor.length + 1);
      for (const changed of [
        cursor.slice(0, index) + character + cursor.slice(index + 1),
        cursor.slice(0, index) + character + cursor.slice(index),
        cursor.slice(0, index),
      ]) {
        if (changed === cursor) continue;
        const fault = faultOf(changed, "list");
        if (fault === "none")
          assert.notDeepEqual(decodeCursor(changed, "list", SHAPE), [String(first), String(second)]);
      }
    }),
  );
});

test("a text that is no cursor is malformed", () => {
  for (const text of ["", "0", "AAAA", "next", "bm90IGEgY3Vyc29y", "A".repeat(CURSOR_MAX_LENGTH)]) {
    assert.match(faultOf(text, "list"), /no cursor/, text);
  }
});
