import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { stackSettings } from "../../../ops/stack-settings";

const root = join(__dirname, "..", "..", "..");

/**
 * A database, a cache and the service, as the production stack configures them; it ends with its standard input. Of two workers, one
 * would have noticed what is lost and the other not yet.
 */
const SYSTEM = `
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:https";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from ${JSON.stringify(join(root, "app/local/postgres.ts"))};
import { redisCommand } from ${JSON.stringify(join(root, "bench/api/redis.ts"))};
import { startStack } from ${JSON.stringify(join(root, "app/local/stack.ts"))};
const stack = await startStack({ postgresParameters: JSON.parse(process.argv[1]), redisArguments: ["--maxmemory-policy", "allkeys-lru"] });
const owner = await stack.connect();
const [port, metricsPort] = [await freePort(), await freePort()];
const service = spawn(process.execPath, [${JSON.stringify(join(root, "app/src/server.ts"))}], {
  env: { ...stack.environment, PORT: String(port), METRICS_PORT: String(metricsPort), NODE_ENV: "production", WORKERS: "1" },
  stdio: "ignore",
});
const { certificate } = stack.postgres;
const pair = { key: readFileSync(join(dirname(certificate), "server.key")), cert: readFileSync(certificate) };
const tls = createServer(pair, (_, response) => response.end());
const tell = async (line) => {
  if (line === "redis stop") return stack.redis.pause();
  if (line === "redis start") return stack.redis.resume();
  if (line.startsWith("CONFIG ")) return redisCommand(stack.redis.port, line);
  await owner.query(line);
};
const isReady = async () => (await fetch("http://127.0.0.1:" + port + "/ready").catch(() => undefined))?.ok;
try {
  await once(tls.listen(0, "127.0.0.1"), "listening");
  await tell("CREATE ROLE guest LOGIN PASSWORD 'guest-secret'");
  for (let call = 0; call < 12; call += 1) await tell("SELECT count(*) FROM anomalies");
  while (!(await isReady())) await delay(200);
  console.log(JSON.stringify({
    port, metricsPort, databasePort: stack.postgres.port, cachePort: stack.redis.port, tlsPort: tls.address().port, owner: stack.postgres.owner,
  }));
  for await (const line of createInterface(process.stdin)) {
    console.log(await tell(line).then(() => "done", (error) => error.message));
  }
} finally {
  await owner.end();
  tls.close();
  service.kill();
  await once(service, "exit");
  await stack.stop();
}
`;

/** The system's addresses, and a way to change it. */
export interface System {
  readonly url: string;
  readonly metricsUrl: string;
  readonly databaseUrl: string;
  readonly cacheUrl: string;
  /** Answers over TLS, with a certificate that nobody trusts. */
  readonly selfSignedUrl: string;
  /** Runs SQL as the owner, or `redis stop`, `redis start`, `CONFIG SET …`. */
  tell(line: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the system on this machine. */
export async function startSystem(): Promise<System> {
  const { plan } = stackSettings(root, "prod");
  // What a server that is not RDS cannot have: RDS' own parameters, and pgAudit's library.
  const parameters = plan.database.parameters
    .filter(({ name }) => !/^(rds|pgaudit)\./.test(name))
    .map(({ name, value }) => [name, name === "shared_preload_libraries" ? "pg_stat_statements" : value]);
  const given = JSON.stringify(Object.fromEntries(parameters));
  const child = spawn(process.execPath, ["--input-type=module", "-e", SYSTEM, given], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  assert.ok(child.stdout);
  const lines = createInterface(child.stdout);
  const { port, metricsPort, databasePort, cachePort, tlsPort, owner } = JSON.parse(await line(lines));
  return {
    url: `http://127.0.0.1:${port}`,
    metricsUrl: `http://127.0.0.1:${metricsPort}`,
    databaseUrl: `postgresql://${owner.username}:${owner.password}@127.0.0.1:${databasePort}/pynomaly`,
    cacheUrl: `redis://127.0.0.1:${cachePort}`,
    selfSignedUrl: `https://localhost:${tlsPort}`,
    tell: async (text) => {
      child.stdin?.write(`${text}\n`);
      assert.equal(await line(lines), "done");
    },
    stop: () => ended(child),
  };
}

const line = async (lines: Interface): Promise<string> => {
  const [text] = await once(lines, "line");
  return text as string;
};

async function ended(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  await once(child, "exit");
}
