import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { utcTimestamp } from "../../src/http/timestamp.ts";

test("a time is written in UTC with microseconds, whatever its offset and digits", () => {
  const texts: readonly (readonly [string, string])[] = [
    ["2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000000Z"],
    ["2026-11-23t10:00:00.5z", "2026-11-23T10:00:00.500000Z"],
    ["2026-11-23T10:00:00.123456+02:00", "2026-11-23T08:00:00.123456Z"],
    ["2026-12-31T23:59:59.999999-00:30", "2027-01-01T00:29:59.999999Z"],
    ["2026-11-23T10:00:00.123456789Z", "2026-11-23T10:00:00.123456Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"],
    ["2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000Z"],
    ["9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"],
  ];
  for (const [text, expected] of texts) assert.equal(utcTimestamp(text), expected, text);
});

test("what RFC 3339 or PostgreSQL does not have is no time", () => {
  const texts = [
    ["", "now", "infinity", "2026-11-23", "2026-11-23T10:00:00", "2026-11-23 10:00:00Z", "1795428000"],
    ["2026-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-10T00:00:00Z"],
    ["2026-11-23T24:00:00Z", "2026-11-23T10:60:00Z", "2026-11-23T10:00:61Z", "2026-11-23T10:00:00+24:00"],
    ["2026-11-23T10:00:00.Z", "2026-11-23T10:00:00.1234567890Z", "2026-11-23T10:00:00+0200", "2026-11-23T10:00:00Z\n"],
    ["0000-12-31T23:59:59Z", "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "+02026-11-23T10:00:00Z"],
  ].flat();
  for (const text of texts) assert.equal(utcTimestamp(text), undefined, text);
});

test("texts compare as their moments do", () => {
  const moment = fc.date({
    min: new Date("0001-01-02T00:00:00Z"),
    max: new Date("9999-12-30T00:00:00Z"),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(moment, moment, fc.integer({ min: -1439, max: 1439 }), (one, other, minutes) => {
      const shifted = new Date(one.getTime() + minutes * 60_000).toISOString().slice(0, -1);
      const offset = `${minutes < 0 ? "-" : "+"}${new Date(Math.abs(minutes) * 60_000).toISOString().slice(11, 16)}`;
      const written = utcTimestamp(`${shifted}${offset}`) ?? "";
      assert.equal(Date.parse(written), one.getTime());
      assert.equal(written < (utcTimestamp(other.toISOString()) ?? ""), one < other);
    }),
  );
});
