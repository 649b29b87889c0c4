import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parseApiKey } from "../../src/auth/keys.ts";
import { InvalidApiKey } from "../../src/auth/sessions.ts";
import { DATABASE_NAME } from "../support/database.ts";
import { type Process, type Servers, startServers } from "./servers.ts";

const PROGRAM = fileURLToPath(new URL("../../src/create-api-key.ts", import.meta.url));

describe("create-api-key.ts, on a real server", () => {
  let servers: Servers;
  let service: Process;
  let env: Record<string, string>;

  before(async () => {
    servers = await startServers();
    service = await servers.start();
    const { server } = servers.postgres;
    env = {
      AWS_REGION: "us-east-1",
      DATABASE_NAME,
      DATABASE_PORT: String(server.port),
      DATABASE_SECRET_ARN: servers.postgres.secretUrl,
      DATABASE_TLS: "off",
      DATABASE_WRITER_HOST: "127.0.0.1",
    };
  });
  after(() => servers?.stop());

  const run = async (line: string, environment: Record<string, string> = env) => {
    const program = spawn(process.execPath, [PROGRAM, ...line.split(" ")], { env: environment });
    const [output, errors, [code]] = await Promise.all([
      text(program.stdout),
      text(program.stderr),
      once(program, "exit"),
    ]);
    return { output, errors, code };
  };

  it("prints a key that opens a session, and revokes it", async () => {
    const made = await run("--user olga --scopes read --requests-per-second 7 --burst 9 --expires 1");
    assert.deepEqual({ code: made.code, errors: made.errors }, { code: 0, errors: "" });
    const key = made.output.trim();
    const { token, identity } = await service.sessions.open(key);
    assert.equal(identity.name, "olga");
    assert.deepEqual(identity.scopes, ["read"]);
    assert.deepEqual(identity.quota, { requestsPerSecond: 7, burst: 9 });
    const { rows } = await servers.owner.query("SELECT expires_at - now() < '1 day' AS soon FROM api_keys");
    assert.deepEqual(rows, [{ soon: true }]);

    const revoked = await run(`--revoke ${parseApiKey(key)?.prefix}`);
    assert.deepEqual(revoked, {
      code: 0,
      errors: "",
      output: "revoked; its open sessions, 1, end within a minute\n",
    });
    assert.equal(await service.sessions.identify(token), undefined);
    await assert.rejects(service.sessions.open(key), InvalidApiKey);
  });

  it("gives a user that there is another key", async () => {
    const keys = [await run("--user otto --scopes write"), await run("--user otto --scopes write")];
    const opened = await Promise.all(keys.map(({ output }) => service.sessions.open(output.trim())));
    assert.equal(opened[0]?.identity.userId, opened[1]?.identity.userId);
    assert.notEqual(opened[0]?.identity.apiKeyId, opened[1]?.identity.apiKeyId);
  });

  for (const [line, message] of [
    ["--user olga --scopes root", /^--scopes takes read, write or both with a comma\nusage:/],
    ["--revoke AAAAAAAAAAAA", /^no API key has the prefix AAAAAAAAAAAA\n$/],
  ] as const) {
    it(`fails with one message: ${line}`, async () => {
      const { code, output, errors } = await run(line);
      assert.deepEqual({ code, output }, { code: 1, output: "" });
      assert.match(errors, message);
    });
  }

  it("fails with one message when the connection breaks", async (t) => {
    const proxy = createServer((socket) => {
      const server = connect(servers.postgres.server.port, "127.0.0.1");
      server.on("data", (chunk) => socket.write(chunk));
      socket.on("data", (chunk) => (chunk.includes("INSERT") ? socket.destroy() : server.write(chunk)));
      socket.on("close", () => server.destroy());
    });
    proxy.listen(0, "127.0.0.1");
    await once(proxy, "listening");
    t.after(() => proxy.close());
    const { port } = proxy.address() as AddressInfo;
    const broken = await run("--user olga --scopes read", { ...env, DATABASE_PORT: String(port) });
    assert.deepEqual(broken, { code: 1, output: "", errors: "Connection terminated unexpectedly\n" });
  });

  it("fails where the environment is wrong, and tells no password", async () => {
    const { code, output, errors } = await run("--user olga --scopes read", { ...env, DATABASE_PORT: "1" });
    assert.deepEqual({ code, output }, { code: 1, output: "" });
    assert.match(errors, /ECONNREFUSED/);
    assert.ok(!errors.includes(servers.postgres.server.owner.password));
  });
});
