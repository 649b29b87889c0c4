import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cacheKey, cursorAfter, pageRequest, positionOf } from "../../src/anomalies/query.ts";
import type { AnomalyListQuery } from "../../src/anomalies/schemas.ts";

/** What a client means. Times are microseconds since the beginning of 2026. */
interface Meaning {
  readonly limit: number;
  readonly place: { readonly offset: number } | { readonly cursor: string };
  readonly model: number | undefined;
  readonly dataset: number | undefined;
  readonly range: readonly [number | undefined, number | undefined];
  readonly severity: number;
  readonly total: boolean;
}

const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const time = optional(fc.integer({ min: 0, max: 10 }));
const meaning: fc.Arbitrary<Meaning> = fc.record({
  limit: fc.constantFrom(1, 10, 100, 1000),
  place: fc.oneof(
    fc.record({ offset: fc.constantFrom(0, 1, 10, 10_000) }),
    fc.record({ cursor: fc.constantFrom("0", "1", "10", "c0", "AAAA") }),
  ),
  model: optional(fc.constantFrom(1, 10, 11, 111)),
  dataset: optional(fc.constantFrom(1, 10, 11, 111)),
  range: fc.tuple(time, time).filter(([from, to]) => from === undefined || to === undefined || from < to),
  severity: fc.constantFrom(0, 0.1, 0.5, 1),
  total: fc.boolean(),
});

/** One of the ways to write a time. */
function written(micros: number, way: number): string {
  const utc = `2026-01-01T00:00:00.${String(micros).padStart(6, "0")}`;
  if (micros === 0 && way % 2 === 0) return "2026-01-01T00:00:00Z";
  return [`${utc}Z`, `${utc}+00:00`, `${utc.replace("T00", "T02")}+02:00`, `${utc}789z`][way % 4] ?? "";
}

/** One of the ways to ask for what a client means. */
function asked({ limit, place, model, dataset, range, severity, total }: Meaning, way: number): AnomalyListQuery {
  const [from, to] = range;
  const spelled = way % 2 === 0;
  return {
    ...((limit !== 100 || spelled) && { limit }),
    ...("offset" in place && (place.offset !== 0 || spelled) && place),
    ...("cursor" in place && place),
    ...(model !== undefined && { model_id: model }),
    ...(dataset !== undefined && { dataset_id: dataset }),
    ...(from !== undefined && { from: written(from, way) }),
    ...(to !== undefined && { to: written(to, way) }),
    ...((severity !== 0 || spelled) && { min_severity: severity }),
    ...((total || spelled) && { include_total: total }),
  };
}

const way = fc.nat(7);

const field = fc.constantFrom<keyof Meaning>("limit", "place", "model", "dataset", "range", "severity", "total");

test("queries that ask for the same share a key, others never do", () => {
  fc.assert(
    fc.property(meaning, meaning, fc.uniqueArray(field), way, way, (one, another, fields, oneWay, otherWay) => {
      const key = cacheKey(pageRequest(asked(one, oneWay)));
      assert.equal(cacheKey(pageRequest(asked(one, otherWay))), key);
      const other = { ...one, ...Object.fromEntries(fields.map((name) => [name, another[name]])) };
      const same = JSON.stringify(one) === JSON.stringify(other);
      assert.equal(cacheKey(pageRequest(asked(other, otherWay))) === key, same);
    }),
    { numRuns: 2000 },
  );
});

test("a cursor made for a page is good for every way to ask for its filters", () => {
  const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }).map(String);
  fc.assert(
    fc.property(meaning, way, way, fc.integer({ min: 1, max: 999_999 }), id, (one, oneWay, otherWay, micros, row) => {
      const position = { timestamp: written(micros, 0), id: row };
      const cursor = cursorAfter(position, pageRequest(asked(one, oneWay)).list);
      assert.deepEqual(positionOf(cursor, pageRequest(asked(one, otherWay)).list), position);
    }),
  );
});
