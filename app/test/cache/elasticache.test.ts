import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { generate } from "selfsigned";
import { freePort } from "../../local/postgres.ts";
import { redisOptions, tokenSigner } from "../../src/cache/elasticache.ts";
import { until } from "../support/until.ts";
import { rememberingLog, startCluster } from "./support.ts";

const request = { region: "eu-central-1", user: "pynomaly-prod-app", replicationGroupId: "pynomaly-prod" };
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/** The signature that a request like the token's must have, by the steps of the Signature Version 4 documentation. */
function signature(token: string, secret: string): string {
  const [host, query = ""] = token.split("/?");
  const parameters = query.split("&").filter((parameter) => !parameter.startsWith("X-Amz-Signature="));
  const value = (name: string) =>
    decodeURIComponent(parameters.find((parameter) => parameter.startsWith(`${name}=`))?.split("=")[1] ?? "");
  const [, ...scope] = value("X-Amz-Credential").split("/");
  const canonical = ["GET", "/", parameters.sort().join("&"), `host:${host}`, "", "host", sha256("")].join("\n");
  const toSign = ["AWS4-HMAC-SHA256", value("X-Amz-Date"), scope.join("/"), sha256(canonical)].join("\n");
  const key = scope.reduce<string | Buffer>((derived, part) => hmac(derived, part), `AWS4${secret}`);
  return hmac(key, toSign).toString("hex");
}

describe("the password of a user that logs in with IAM", () => {
  it("is a signed request to connect to the replication group, without its scheme", async () => {
    const token = await tokenSigner(request, credentials)();
    assert.ok(token.startsWith("pynomaly-prod/?"));
    const query = new URLSearchParams(token.slice(token.indexOf("?") + 1));
    const { "X-Amz-Date": date = "", "X-Amz-Signature": signed, ...rest } = Object.fromEntries(query);
    assert.deepEqual(rest, {
      Action: "connect",
      User: "pynomaly-prod-app",
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": `AKIDEXAMPLE/${date.slice(0, 8)}/eu-central-1/elasticache/aws4_request`,
      "X-Amz-Expires": "900",
      "X-Amz-SignedHeaders": "host",
    });
    assert.match(date, /^\d{8}T\d{6}Z$/);
    assert.equal(signed, signature(token, credentials.secretAccessKey));
  });

  it("carries the session's token, and another signature for another user", async () => {
    const sessionToken = "IQoJb3JpZ2luX2VjE+/=";
    const token = await tokenSigner(request, { ...credentials, sessionToken })();
    const query = new URLSearchParams(token.slice(token.indexOf("?") + 1));
    assert.equal(query.get("X-Amz-Security-Token"), sessionToken);
    assert.equal(query.get("X-Amz-Signature"), signature(token, credentials.secretAccessKey));
    const other = await tokenSigner({ ...request, user: "somebody" }, { ...credentials, sessionToken })();
    assert.notEqual(signature(other, credentials.secretAccessKey), query.get("X-Amz-Signature"));
  });

  it("is made with credentials of the moment", async () => {
    let key = 0;
    const rotating = async () => {
      key += 1;
      return { ...credentials, accessKeyId: `KEY${key}`, expiration: new Date(0) };
    };
    const sign = tokenSigner(request, rotating);
    assert.match(await sign(), /Credential=KEY1%2F/);
    assert.match(await sign(), /Credential=KEY2%2F/);
  });
});

describe("the connection to ElastiCache", () => {
  it("is made without TLS and login only where no user is named", () => {
    const { logger } = rememberingLog();
    const config = { AWS_REGION: "us-east-1", CACHE_HOST: "h", CACHE_PORT: 1, CACHE_REPLICATION_GROUP_ID: "g" };
    const local = redisOptions({ ...config, CACHE_USER: undefined }, logger);
    const remote = redisOptions({ ...config, CACHE_USER: "u" }, logger);
    assert.deepEqual([local.tls, local.login], [false, undefined]);
    assert.deepEqual([remote.tls, typeof remote.login], [true, "function"]);
  });

  it("is TLS with a certificate that is trusted, and logs in as the user", async () => {
    const folder = mkdtempSync(join(tmpdir(), "pynomaly-cache-"));
    const [keyFile, certificate] = [join(folder, "server.key"), join(folder, "server.crt")];
    const pair = await generate([{ name: "commonName", value: "localhost" }], {
      extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
    });
    writeFileSync(keyFile, pair.private, { mode: 0o600 });
    writeFileSync(certificate, pair.cert);
    const port = await freePort();
    const flags = { "tls-port": port, "tls-cert-file": certificate, "tls-key-file": keyFile, "tls-auth-clients": "no" };
    const cluster = await startCluster(Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]));
    // It takes any password, and sees which user gave one.
    await cluster.command("ACL", "SETUSER", request.user, "on", "nopass", "~pynomaly:*", "+@all");
    const program = `
      const { createRedis } = await import(${JSON.stringify(import.meta.resolve("../../src/cache/connection.ts"))});
      const { redisOptions } = await import(${JSON.stringify(import.meta.resolve("../../src/cache/elasticache.ts"))});
      const log = (details) => console.log(details.err.code);
      createRedis(redisOptions({
        AWS_REGION: "us-east-1", CACHE_HOST: "localhost", CACHE_PORT: ${port},
        CACHE_USER: "${request.user}", CACHE_REPLICATION_GROUP_ID: "${request.replicationGroupId}",
      }, { info: log, warn: log, error: log }));`;
    const start = (extra: Record<string, string>) => {
      const env = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", ...extra };
      return spawn(process.execPath, ["--input-type=module", "-e", program], { env });
    };
    const [trusting, careful] = [start({ NODE_EXTRA_CA_CERTS: certificate }), start({})];
    try {
      const [line] = await once(careful.stdout, "data");
      assert.match(String(line), /SELF_SIGNED_CERT/);
      const users = () => cluster.command("CLIENT", "LIST").then(String);
      await until(async () => (await users()).includes(`user=${request.user}`), "the login");
    } finally {
      const exits = [trusting, careful].map((child) => once(child, "exit"));
      for (const child of [trusting, careful]) child.kill();
      await Promise.all(exits);
      await cluster.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
