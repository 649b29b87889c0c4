import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { credential, credentialReader } from "../src/secrets.ts";
import { startSecretsManager } from "./support/secrets-manager.ts";

/** The AWS SDK finds its way by the process' environment. */
async function withEnvironment<T>(values: Record<string, string>, action: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, values);
  try {
    return await action();
  } finally {
    process.env = before;
  }
}

describe("a credential", () => {
  for (const [title, json] of [
    ["not JSON", '{"password":"hunter2"'],
    ["no object", '"hunter2"'],
    ["null", "null"],
    ["no username", '{"password":"hunter2"}'],
  ] as const) {
    it(`names the secret and tells nothing of its value: ${title}`, () => {
      assert.throws(
        () => credential(json, "arn:app"),
        (error: Error) => error.message.includes("arn:app") && !error.message.includes("hunter2"),
      );
    });
  }
});

describe("a credential's reader", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "pynomaly-secrets-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("reads a file anew each time, where the ARN is its URL", async () => {
    const file = join(folder, "app role.json");
    const read = credentialReader("us-east-1");
    for (const password of ["first", "second"]) {
      await writeFile(file, JSON.stringify({ username: "app", password, host: "ignored" }));
      assert.deepEqual(await read(pathToFileURL(file).href), { username: "app", password });
    }
    await assert.rejects(read(pathToFileURL(join(folder, "absent.json")).href), /ENOENT/);
  });

  it("asks Secrets Manager anew each time", async () => {
    const secrets = { "arn:app": { username: "app", password: "first" } };
    const manager = await startSecretsManager(secrets);
    await withEnvironment(manager.environment, async () => {
      const read = credentialReader("us-east-1");
      assert.deepEqual(await read("arn:app"), secrets["arn:app"]);
      secrets["arn:app"] = { username: "app", password: "second" };
      assert.deepEqual(await read("arn:app"), secrets["arn:app"]);
      await assert.rejects(read("arn:other"), /no secret arn:other/);
    });
    manager.stop();
  });

  it("gives up on a Secrets Manager that does not answer before a database connection's five seconds are over", async () => {
    const silent = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const environment = {
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: url,
    };
    await withEnvironment(environment, async () => {
      const began = performance.now();
      await assert.rejects(credentialReader("us-east-1")("arn:app"), { name: "TimeoutError" });
      assert.ok(performance.now() - began < 5000);
    });
    silent.close().closeAllConnections();
  });
});
