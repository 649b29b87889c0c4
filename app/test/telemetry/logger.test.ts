import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createLogger } from "../../src/telemetry/logger.ts";

const KEY = `pk_${"a1B2".repeat(3)}_${"x".repeat(42)}-`;
const TOKEN = `ps_${"y_".repeat(21)}z`;

/** A logger, and what it wrote. */
function logged(write: (logger: ReturnType<typeof createLogger>) => void, trace?: () => object) {
  const lines: string[] = [];
  write(createLogger("info", trace, { write: (line) => lines.push(line) }));
  return lines;
}

describe("the log", () => {
  it("has one line of JSON for each event, with level, time, process and trace", () => {
    const lines = logged(
      (logger) => {
        logger.debug("not written");
        logger.warn({ route: "/ready" }, "slow");
      },
      () => ({ trace_id: "abc" }),
    );
    assert.equal(lines.length, 1);
    const { time, ...line } = JSON.parse(lines[0] ?? "");
    assert.deepEqual(line, { level: "warn", pid: process.pid, trace_id: "abc", route: "/ready", msg: "slow" });
    assert.ok(Math.abs(Date.parse(time) - Date.now()) < 5000);
  });

  const secrets: readonly (readonly [string, unknown, string])[] = [
    ["a header", { req: { headers: { authorization: "Digest hidden-value" } } }, "hidden-value"],
    ["a header in another case", { headers: { "Set-Cookie": ["sid=hidden-value; Path=/"] } }, "hidden-value"],
    ["a cookie", { cookie: "sid=hidden-value" }, "hidden-value"],
    ["an API key by its name", { body: { api_key: "hidden-value" } }, "hidden-value"],
    ["an API key by its form", { detail: `the key ${KEY} is unknown` }, KEY],
    ["a session's token by its form", { list: [["x", TOKEN]] }, TOKEN],
    ["a token by its name, deep down", { a: { b: { c: { d: { session_token: "hidden-value" } } } } }, "hidden-value"],
    ["a password with quotes", { config: { password: 'hidden"-value' } }, "-value"],
    ["a password in a URL", { url: "postgres://user:hidden-value@host/db" }, "hidden-value"],
    ["a bearer token", { note: "sent Bearer hidden.value-1" }, "hidden.value"],
    ["a secret in quoted JSON", { raw: JSON.stringify({ password: 'hid"den-value', x: 1 }) }, "den-value"],
    ["a signed URL", { url: "http://c/?X-Amz-Signature=abcdef&X-Amz-Date=1" }, "abcdef"],
  ];
  for (const [where, fields, secret] of secrets) {
    it(`does not have ${where}`, () => {
      const [line = ""] = logged((logger) => logger.info(fields as object));
      assert.ok(!line.includes(secret), line);
      assert.match(line, /\[redacted\]/);
      JSON.parse(line);
    });
  }

  it("does not have a secret of an error, neither in its message nor in its stack", () => {
    const [line = ""] = logged((logger) => logger.error(new Error(`refused ${TOKEN}`)));
    assert.ok(!line.includes(TOKEN), line);
    assert.match(JSON.parse(line).err.stack, /refused \[redacted\]/);
  });

  it("has what only looks like a secret", () => {
    const fields = { tokens: 3, author: "ada", secretary: "x", url: "http://host:8000/path", msg: "pk_short" };
    const [line = ""] = logged((logger) => logger.info(fields));
    assert.doesNotMatch(line, /redacted/);
  });
});
