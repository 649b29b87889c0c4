import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConfigError, migrationConfig, serverConfig } from "../src/config.ts";
import { scramVerifier } from "../src/scram.ts";
import { credential } from "../src/secrets.ts";

describe("config", () => {
  const environment = {
    AWS_REGION: "us-east-1",
    DATABASE_NAME: "pynomaly",
    DATABASE_PORT: "5432",
    DATABASE_SECRET_ARN: "arn:app",
    DATABASE_MIGRATION_HOST: "writer",
    DATABASE_OWNER_SECRET_ARN: "arn:owner",
  };

  it("reads numbers as numbers", () => {
    assert.equal(migrationConfig(environment).DATABASE_PORT, 5432);
  });

  it("reports every missing variable at once", () => {
    assert.throws(
      () => serverConfig({}),
      (error: unknown) => error instanceof ConfigError && error.problems.length === 12,
    );
  });

  for (const port of ["", "0", "65536", "80.5", "-1", "0x50", "abc"]) {
    it(`refuses port "${port}"`, () => {
      assert.throws(() => migrationConfig({ ...environment, DATABASE_PORT: port }), /DATABASE_PORT: found/);
    });
  }
});

describe("credential", () => {
  for (const [title, json] of [
    ["not JSON", '{"password":"hunter2"'],
    ["no object", '"hunter2"'],
    ["null", "null"],
    ["no username", '{"password":"hunter2"}'],
  ]) {
    it(`names the secret and tells nothing of its value: ${title}`, () => {
      assert.throws(
        () => credential(json ?? "", "arn:app"),
        (error: Error) => error.message.includes("arn:app") && !error.message.includes("hunter2"),
      );
    });
  }
});

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
