import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keyCommand } from "../../src/auth/command.ts";

const read = (line: string) => keyCommand(line.split(" "));

describe("the program for API keys", () => {
  it("makes a key for a user and scopes", () => {
    assert.deepEqual(read("--user ana --scopes write,read"), { create: { user: "ana", scopes: ["read", "write"] } });
    assert.deepEqual(read("--user ana --scopes read"), { create: { user: "ana", scopes: ["read"] } });
  });

  it("gives it a quota and an end", () => {
    const command = read("--user ana --scopes read --requests-per-second 500 --burst 1000 --expires 30");
    assert.ok("create" in command);
    assert.deepEqual(command.create.quota, { requestsPerSecond: 500, burst: 1000 });
    const days = (Number(command.create.expiresAt) - Date.now()) / 86_400_000;
    assert.ok(days > 29.99 && days <= 30);
  });

  it("revokes a key", () => {
    assert.deepEqual(read("--revoke abcdefABCDEF"), { revoke: "abcdefABCDEF" });
  });

  for (const [line, message] of [
    ["", /--user takes a name/],
    ["--scopes read", /--user takes a name/],
    [`--user ${"a".repeat(201)} --scopes read`, /--user takes a name/],
    ["--user ana", /--scopes takes read, write or both/],
    ["--user ana --scopes admin", /--scopes takes read, write or both/],
    ["--user ana --scopes read,read", /--scopes takes read, write or both/],
    ["--user ana --scopes read --burst 5", /--requests-per-second and --burst go together/],
    ["--user ana --scopes read --requests-per-second 5", /--requests-per-second and --burst go together/],
    ["--user ana --scopes read --requests-per-second 0 --burst 5", /--requests-per-second takes .* not "0"/],
    ["--user ana --scopes read --requests-per-second 5 --burst 1e3", /--burst takes .* not "1e3"/],
    ["--user ana --scopes read --expires 3651", /--expires takes .* not "3651"/],
    ["--user ana --scopes read --expires never", /--expires takes .* not "never"/],
    ["--user ana --scopes read --admin", /--admin/],
    ["--user ana --scopes read more", /more/],
    ["--revoke", /--revoke/],
    ["--revoke short", /--revoke takes the prefix of a key/],
    ["--revoke abcdefABCDEF --user ana", /--revoke stands alone/],
  ] as const) {
    it(`refuses it and says how to call it: ${line.slice(0, 70) || "(nothing)"}`, () => {
      assert.throws(
        () => keyCommand(line === "" ? [] : line.split(" ")),
        (error) => error instanceof Error && message.test(error.message) && error.message.includes("usage:"),
      );
    });
  }
});
