import assert from "node:assert/strict";
import { test } from "node:test";
import { toRows } from "../../src/models/rows.ts";
import { RunningMedian } from "../../src/models/running-median.ts";

test("rows become float32 one after the other, and zero has one form", () => {
  const rows = toRows(
    {
      rows: [
        [-0, 0.1],
        [2, -3],
      ],
    },
    2,
  );
  assert.deepEqual(rows, Float32Array.of(0, 0.1, 2, -3));
  assert.ok(Object.is(rows[0], 0));
});

test("the first twenty faults are named", () => {
  const rows = Array.from({ length: 30 }, (_, index) => (index === 0 ? [1, 2] : [1]));
  assert.throws(
    () => toRows({ rows }, 2),
    ({ errors }: { errors: { pointer: string }[] }) => {
      assert.deepEqual(
        errors.map(({ pointer }) => pointer),
        Array.from({ length: 20 }, (_, index) => `/body/rows/${index + 1}`),
      );
      return true;
    },
  );
});

test("the median follows most samples, not the largest", () => {
  const median = new RunningMedian(1);
  for (let index = 0; index < 1000; index += 1) median.add(index % 10 === 0 ? 1000 : 4);
  assert.ok(median.value > 3 && median.value < 5, `${median.value}`);
});
