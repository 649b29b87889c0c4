import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../app/local/postgres.ts";
import type { Stack } from "../../app/local/stack.ts";
import { APP, CACHE, HERE } from "./places.ts";
import { type Program, startProgram } from "./processes.ts";

/** Who is measured: the service, the guide's FastAPI stack (A), that stack tuned (B), a bare `node:http` server. */
export const CONTENDERS = ["service", "a", "b", "floor"] as const;
export type Contender = (typeof CONTENDERS)[number];

/** A server under load. */
export interface Server extends Program {
  readonly name: Contender;
  readonly port: number;
}

/** Where the replica listens, as production has one: every server reads from it. On macOS the address has to be added first. */
export const REPLICA_HOST = "127.0.0.2";

/** Every server has as many processes that answer. */
export const WORKERS = 2;

const logs = join(CACHE, "bench-api");

const log = (name: string): string => {
  mkdirSync(logs, { recursive: true });
  return join(logs, `${name}.log`);
};

/**
 * The service as production runs it: authentication, rate limits, metrics and logs on.
 *
 * @param nodeArguments flags for its processes
 */
export async function startService(stack: Stack, nodeArguments: readonly string[] = []): Promise<Server> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const env = {
    ...stack.environment,
    NODE_ENV: "production",
    WORKERS: String(WORKERS),
    DATABASE_READER_HOSTS: REPLICA_HOST,
    PORT: String(port),
    METRICS_PORT: String(metricsPort),
  };
  const program = await startProgram(process.execPath, [...nodeArguments, join(APP, "src", "server.ts")], {
    env,
    log: log("service"),
    url: `http://127.0.0.1:${port}/ready`,
  });
  return { ...program, name: "service", port };
}

/** One of the FastAPI peers. */
export async function startPeer(name: "a" | "b", stack: Stack, python: string): Promise<Server> {
  const port = await freePort();
  const { username, password } = stack.app;
  const database = `postgresql://${username}:${password}@${REPLICA_HOST}:${stack.postgres.port}/${stack.environment.DATABASE_NAME}`;
  const program = await startProgram(python, [`${name}.py`], {
    cwd: join(HERE, "peers"),
    env: {
      PORT: String(port),
      DATABASE_URL: `${database}?sslmode=disable`,
      REDIS_URL: `redis://127.0.0.1:${stack.redis.port}/0`,
      PYTHONDONTWRITEBYTECODE: "1",
    },
    log: log(`peer-${name}`),
    url: `http://127.0.0.1:${port}/health`,
  });
  return { ...program, name, port };
}

/** The floor, which answers a file's bytes. */
export async function startFloor(bodyFile: string): Promise<Server> {
  const port = await freePort();
  const program = await startProgram(process.execPath, [join(HERE, "floor.ts"), String(port), bodyFile], {
    log: log("floor"),
    url: `http://127.0.0.1:${port}/health`,
  });
  return { ...program, name: "floor", port };
}
