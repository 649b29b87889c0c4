import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { scramVerifier } from "../../src/database/scram.ts";

describe("scramVerifier", () => {
  it("agrees with RFC 7677's example: user's password pencil, its salt and 4096 iterations", () => {
    const salt = Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64");
    assert.equal(
      scramVerifier("pencil", salt),
      "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    );
  });

  it("refuses what SASLprep would change", () => {
    assert.throws(() => scramVerifier("pässword"), /not printable ASCII/);
  });
});
