import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FORMATS, POINT_MAX_BYTES } from "../../src/datasets/formats.ts";
import { Problem } from "../../src/http/problem.ts";

const NDJSON = "application/x-ndjson";
const JSON_ARRAY = "application/json";

/** Cuts a text anywhere, also within a character. */
async function* cut(text: string, ...sizes: number[]): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let start = 0, turn = 0; start < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? bytes.length;
    yield bytes.subarray(start, start + size);
    start += size;
  }
}

async function split(type: string, chunks: AsyncIterable<Buffer>): Promise<string[]> {
  const texts: string[] = [];
  for await (const some of FORMATS[type]?.split(chunks) ?? []) texts.push(...some.map((text) => text.toString()));
  return texts;
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
const documents = fc.array(fc.jsonValue(), { minLength: 1, maxLength: 8 });

test("an array's elements are found wherever the body is cut", async () => {
  await fc.assert(
    fc.asyncProperty(documents, sizes, fc.constantFrom(undefined, 2), async (values, cuts, indent) => {
      const texts = await split(JSON_ARRAY, cut(`\r\n ${JSON.stringify(values, undefined, indent)}\t\n`, ...cuts));
      assert.deepEqual(
        texts.map((text) => JSON.parse(text)),
        JSON.parse(JSON.stringify(values)),
      );
    }),
  );
});

test("lines are found wherever the body is cut, with and without a last line feed", async () => {
  await fc.assert(
    fc.asyncProperty(documents, sizes, fc.boolean(), async (values, cuts, ends) => {
      const body = values.map((value) => JSON.stringify(value)).join("\r\n") + (ends ? "\n" : "");
      const texts = (await split(NDJSON, cut(body, ...cuts))).filter((text) => text.trim() !== "");
      assert.deepEqual(
        texts.map((text) => JSON.parse(text)),
        JSON.parse(JSON.stringify(values)),
      );
    }),
  );
});

test("a body that is no array, or has not its end or more than it, is refused", async () => {
  const bodies: readonly (readonly [string, RegExp])[] = [
    ["{}", /no JSON array/],
    ["1", /no JSON array/],
    [" x[]", /no JSON array/],
    ["[1,2", /ends before/],
    ['["]', /ends before/],
    ['["\\"]', /ends before/],
    ["[[]", /ends before/],
    ["[1] x", /follows/],
    ["[1][2]", /follows/],
    ["[]]", /follows/],
  ];
  for (const [body, detail] of bodies) {
    await assert.rejects(
      split(JSON_ARRAY, cut(body, 1)),
      (error) => error instanceof Problem && detail.test(error.message),
      body,
    );
  }
});

test("a missing element is a text of its own, which is no point", async () => {
  assert.deepEqual(await split(JSON_ARRAY, cut("[1,,2]")), ["1", "", "2"]);
  assert.deepEqual(await split(JSON_ARRAY, cut("[1,]")), ["1", ""]);
  assert.deepEqual(await split(JSON_ARRAY, cut("[,]")), ["", ""]);
  assert.deepEqual(await split(JSON_ARRAY, cut(" [ ] ")), []);
  assert.deepEqual(await split(JSON_ARRAY, cut("[}]")), ["}"]);
});

for (const [type, begin] of [
  [NDJSON, '{"values":'],
  [JSON_ARRAY, '[{"values":'],
] as const) {
  test(`a point without an end is handed on as soon as it is too long: ${type}`, async () => {
    let sent = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (yield Buffer.from(begin); ; sent += 1) yield Buffer.from("1,".repeat(500));
    }
    for await (const texts of FORMATS[type]?.split(endless()) ?? []) {
      if (texts.length === 0) continue;
      assert.ok((texts[0]?.length ?? 0) > POINT_MAX_BYTES);
      break;
    }
    assert.ok(sent <= POINT_MAX_BYTES / 1000 + 1, `${sent} chunks were read`);
  });
}
