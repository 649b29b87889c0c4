import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  digest,
  digestBytes,
  formatApiKey,
  isToken,
  newApiKey,
  newToken,
  parseApiKey,
  secretMatches,
} from "../../src/auth/keys.ts";

const SECRET = "A".repeat(43);
const PREFIX = "b".repeat(12);

describe("an API key", () => {
  it("has a prefix of 12 letters and digits and 32 random bytes", () => {
    const key = newApiKey();
    assert.match(formatApiKey(key), /^pk_[0-9A-Za-z]{12}_[0-9A-Za-z_-]{43}$/);
    assert.equal(Buffer.from(key.secret, "base64url").length, 32);
  });

  it("is another each time", () => {
    const keys = Array.from({ length: 1000 }, newApiKey);
    assert.equal(new Set(keys.map(({ prefix }) => prefix)).size, 1000);
    assert.equal(new Set(keys.map(({ secret }) => secret)).size, 1000);
  });

  it("is read back", () => {
    for (let round = 0; round < 100; round += 1) {
      const key = newApiKey();
      assert.deepEqual(parseApiKey(formatApiKey(key)), key);
    }
  });

  for (const [what, text] of Object.entries({
    nothing: "",
    "another kind": `ps_${SECRET}`,
    "capitals in its mark": `PK_${PREFIX}_${SECRET}`,
    "a short prefix": `pk_${PREFIX.slice(1)}_${SECRET}`,
    "a prefix that is not base62": `pk_${PREFIX.slice(1)}-_${SECRET}`,
    "a short secret": `pk_${PREFIX}_${SECRET.slice(1)}`,
    "a long secret": `pk_${PREFIX}_${SECRET}A`,
    "the other base64": `pk_${PREFIX}_${SECRET.slice(1)}+`,
    "a space before": ` pk_${PREFIX}_${SECRET}`,
    "a line end": `pk_${PREFIX}_${SECRET}\n`,
    "a zero byte": `pk_${PREFIX}_${SECRET}\0`,
    "letters that only look alike": `pk_${PREFIX}_${SECRET.slice(1)}А`,
    "a megabyte": `pk_${"a".repeat(1_000_000)}`,
  })) {
    it(`is refused: ${what}`, () => assert.equal(parseApiKey(text), undefined));
  }

  it("of any text is either refused or what was written", () => {
    const shaped = fc.stringMatching(/^p[ks]_[0-9A-Za-z_-]{10,13}_[0-9A-Za-z_-]{41,45}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), shaped), (text) => {
        const key = parseApiKey(text);
        assert.ok(key === undefined || formatApiKey(key) === text);
      }),
    );
  });
});

describe("a token", () => {
  it("is 32 random bytes, others each time", () => {
    const tokens = Array.from({ length: 1000 }, newToken);
    assert.ok(tokens.every((token) => isToken(token) && Buffer.from(token.slice(3), "base64url").length === 32));
    assert.equal(new Set(tokens).size, 1000);
  });

  for (const text of ["", "ps_", `pk_${SECRET}`, `ps_${SECRET}A`, `ps_${SECRET.slice(1)}`, `ps_${SECRET}\n`, SECRET]) {
    it(`is refused: ${JSON.stringify(text)}`, () => assert.equal(isToken(text), false));
  }
});

describe("a digest", () => {
  it("is SHA-256", () => {
    assert.deepEqual(digestBytes(digest(SECRET)), createHash("sha256").update(SECRET).digest());
  });

  it("matches its secret and no other", () => {
    const stored = digestBytes(digest(SECRET));
    assert.equal(secretMatches(SECRET, stored), true);
    assert.equal(secretMatches(`${SECRET.slice(1)}B`, stored), false);
    assert.equal(secretMatches(SECRET, undefined), false);
  });
});
