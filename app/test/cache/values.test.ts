import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Content, StoredBody, tagOf } from "../../src/cache/body.ts";
import { compact, decode, encode, fromText, toText } from "../../src/cache/values.ts";

const bytes = fc.uint8Array({ maxLength: 3000 }).map((array) => Buffer.from(array));
const content = fc
  .tuple(bytes, fc.boolean(), fc.boolean())
  .map(([plain, gzipped, tagged]): Content => ({ bytes: plain, gzipped, etag: tagged ? tagOf(plain) : undefined }));

describe("a value as it is stored", () => {
  it("is the value again, whatever JSON it is", async () => {
    const values = fc.oneof(fc.constant(undefined), fc.jsonValue({ maxDepth: 6 }));
    await fc.assert(
      fc.asyncProperty(values, fc.boolean(), async (value, longer) => {
        const sent = longer ? [value, "x".repeat(2000)] : value;
        const body = new StoredBody({ bytes: Buffer.from(toText(sent)), gzipped: false }, 6);
        const stored = encode(await compact(body));
        const found = decode(stored, "json");
        assert.ok(found);
        assert.equal(found.gzipped, longer || body.identity().length > 1024);
        // What JSON makes of it: there is no -0.
        const expected = sent === undefined ? undefined : JSON.parse(JSON.stringify(sent));
        assert.deepStrictEqual(fromText(new StoredBody(found, 6).identity()), expected);
      }),
    );
  });

  it("is the same content again, whatever bytes it has", () => {
    fc.assert(
      fc.property(content, (sent) => {
        const found = decode(encode(sent), sent.etag === undefined ? "json" : "body");
        assert.deepEqual(found, sent);
        assert.equal(decode(encode(sent), sent.etag === undefined ? "body" : "json"), undefined);
      }),
    );
  });

  it("is nothing when a bit of it was turned, or its end is missing", () => {
    fc.assert(
      fc.property(content, fc.nat(), fc.nat({ max: 7 }), (sent, place, bit) => {
        const stored = encode(sent);
        const damaged = Buffer.from(stored);
        const index = place % stored.length;
        damaged.writeUInt8(damaged.readUInt8(index) ^ (1 << bit), index);
        for (const kind of ["json", "body"] as const) {
          assert.equal(decode(damaged, kind), undefined);
          assert.equal(decode(stored.subarray(0, -1), kind), undefined);
        }
      }),
    );
  });

  it("is read without an error, whatever bytes somebody else put in its place", () => {
    fc.assert(
      fc.property(bytes, fc.constantFrom("json" as const, "body" as const), (stored, kind) => {
        const found = decode(stored, kind);
        assert.ok(found === undefined || found.bytes.length < stored.length);
      }),
    );
  });
});
