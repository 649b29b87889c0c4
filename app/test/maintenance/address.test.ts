import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { ConfigError } from "../../src/config.ts";
import { addressOf } from "../../src/maintenance/address.ts";
import { Refusal } from "../../src/maintenance/exit.ts";

const folder = mkdtempSync(join(tmpdir(), "pynomaly-address-"));
const file = (name: string, content: string, mode = 0o600) => {
  writeFileSync(join(folder, name), content, { mode });
  return join(folder, name);
};
const none = { PGPASSFILE: join(folder, "missing") };
const of = (url: string, environment: Record<string, string> = none) =>
  addressOf({ command: "analyze", format: "text", url }, environment);

describe("the address of a database", () => {
  after(() => rmSync(folder, { recursive: true }));

  it("is a URL's, whose parts may be written in percent", async () => {
    assert.deepEqual(await of("postgresql://an%40a:p%2Fw@db.example:6432/my%20db"), {
      host: "db.example",
      port: 6432,
      database: "my db",
      user: "an@a",
      password: "p/w",
      encryption: "verified",
    });
    const local = { database: "d", user: "ana", port: 5432, encryption: "off" };
    assert.deepEqual(await of("postgres://ana@[::1]/d"), { ...local, host: "::1" });
    assert.deepEqual(await of("postgresql://ana@%2Frun%2Fpg/d"), { ...local, host: "/run/pg" });
  });

  for (const [url, encryption] of [
    ["postgresql://ana@127.0.0.1/d", "off"],
    ["postgresql://ana@localhost/d?sslmode=require", "unverified"],
    ["postgresql://ana@localhost/d?sslmode=verify-full", "verified"],
    ["postgresql://ana@db.example/d?sslmode=verify-full", "verified"],
  ] as const) {
    it(`says how it is encrypted: ${url}`, async () => {
      assert.equal((await of(url)).encryption, encryption);
    });
  }

  it("has its password from the URL, the environment, or libpq's file", async () => {
    const PGPASSFILE = file("pgpass", "#c\nother:*:*:*:no\nh:5432:a\\:b:ana:back\\\\slash\\:\n*:*:*:ana:any\n");
    const password = async (url: string, environment: Record<string, string>) => (await of(url, environment)).password;
    const both = { PGPASSFILE, PGPASSWORD: "env" };
    assert.equal(await password("postgresql://ana:url@h/d", both), "url");
    assert.equal(await password("postgresql://ana@h/d", both), "env");
    assert.equal(await password("postgresql://ana@h/a:b", { PGPASSFILE }), "back\\slash:");
    assert.equal(await password("postgresql://ana@h:1/d", { PGPASSFILE }), "any");
    assert.equal(await password("postgresql://eva@h/d", { PGPASSFILE }), undefined);
    const open = { PGPASSFILE: file("open", "*:*:*:*:any\n", 0o644) };
    assert.equal(await password("postgresql://ana@h/d", open), undefined);
  });

  for (const url of [
    "h/d",
    "mysql://ana:secret@h/d",
    "postgresql://ana:secret@h:70000/d",
    "postgresql://ana:secret@/d",
    "postgresql://:secret@h/d",
    "postgresql://ana:secret@h",
    "postgresql://ana:secret%zz@h/d",
    "postgresql://ana:12/secret@h/d",
    "postgresql://ana:12?secret@h/d",
    "postgresql://ana:12#secret@h/d",
    "postgresql://ana:secret@h/d?options=-c",
    "postgresql://ana:secret@h/d?sslmode=prefer",
    "postgresql://ana:secret@h/d?sslmode=require",
    "postgresql://ana:secret@h/d?sslmode=disable",
  ]) {
    it(`is refused without repeating what may be a password: ${url}`, async () => {
      await assert.rejects(of(url), (error) => error instanceof Refusal && !error.message.includes("secret"));
    });
  }

  describe("without a URL", () => {
    const environment = {
      AWS_REGION: "us-east-1",
      DATABASE_NAME: "pynomaly",
      DATABASE_PORT: "5432",
      DATABASE_TLS: "on",
      DATABASE_INSTANCE_HOST: "writer.example",
      DATABASE_READONLY_SECRET_ARN: pathToFileURL(file("r.json", '{"username":"reader","password":"r"}')).href,
      DATABASE_MAINTENANCE_SECRET_ARN: pathToFileURL(file("m.json", '{"username":"keeper","password":"m"}')).href,
    };
    const address = { host: "writer.example", port: 5432, database: "pynomaly", encryption: "verified" };

    it("is the pod's, and the role is the one that the command needs", async () => {
      for (const command of ["analyze", "verify"] as const) {
        const read = await addressOf({ command, format: "text" }, environment);
        assert.deepEqual(read, { ...address, user: "reader", password: "r" });
      }
      const optimize = { command: "optimize", format: "text", dryRun: true, steps: [], keep: {} } as const;
      assert.deepEqual(await addressOf({ ...optimize, resetStatistics: false }, environment), {
        ...address,
        user: "keeper",
        password: "m",
      });
    });

    it("is refused where the environment lacks it, or the secret cannot be read", async () => {
      const of = (env: Record<string, string>) => addressOf({ command: "analyze", format: "text" }, env);
      await assert.rejects(of({}), /--url is missing/);
      await assert.rejects(of({ DATABASE_INSTANCE_HOST: "writer.example" }), ConfigError);
      await assert.rejects(of({ ...environment, DATABASE_TLS: "off" }), ConfigError);
      const gone = { ...environment, DATABASE_READONLY_SECRET_ARN: pathToFileURL(join(folder, "gone")).href };
      await assert.rejects(of(gone), /the role's secret cannot be read/);
    });
  });
});
