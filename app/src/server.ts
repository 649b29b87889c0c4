import pg from "pg";
import { type ServerConfig, serverConfig } from "./config.ts";
import { secretsManager } from "./secrets.ts";
import { createService } from "./service.ts";

/** Below the readiness probe's own time-out of 3 s, so that the answer says what is wrong. */
const READY_TIMEOUT_MS = 2000;

const config = serverConfig(process.env);
const pool = await writerPool(config);
const service = createService({
  checkReady: async () => {
    await pool.query({ text: "SELECT 1", query_timeout: READY_TIMEOUT_MS });
  },
  requestTimeoutSeconds: config.REQUEST_TIMEOUT_SECONDS,
  keepAliveTimeoutSeconds: config.KEEP_ALIVE_TIMEOUT_SECONDS,
  headersTimeoutSeconds: config.HEADERS_TIMEOUT_SECONDS,
});

service.server.listen(config.PORT, () => console.log(`listening on ${config.PORT}`));
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void leave(signal));

async function leave(signal: string): Promise<void> {
  console.log(`${signal}: draining for at most ${config.SHUTDOWN_TIMEOUT_SECONDS} s`);
  const finished = await service.drain(config.SHUTDOWN_TIMEOUT_SECONDS);
  await pool.end();
  console.log(finished ? "every request finished" : "requests were cut off");
  process.exitCode = finished ? 0 : 1;
}

/** A pool to the writer over verified TLS. Each new connection asks for the current password. */
async function writerPool(settings: ServerConfig): Promise<pg.Pool> {
  const readCredential = secretsManager(settings.AWS_REGION);
  const secretArn = settings.DATABASE_SECRET_ARN;
  const { username } = await readCredential(secretArn);
  const writer = new pg.Pool({
    host: settings.DATABASE_WRITER_HOST,
    port: settings.DATABASE_PORT,
    database: settings.DATABASE_NAME,
    user: username,
    password: async () => (await readCredential(secretArn)).password,
    ssl: true,
    max: settings.DATABASE_WRITER_POOL_MAX,
    idleTimeoutMillis: settings.DATABASE_POOL_IDLE_SECONDS * 1000,
    connectionTimeoutMillis: READY_TIMEOUT_MS,
    // The client's own clock: a SET would pin the proxy's connection to this client.
    query_timeout: settings.STATEMENT_TIMEOUT_SECONDS * 1000,
  });
  // An idle connection that breaks is replaced at the next query; unheard, it would end the process.
  writer.on("error", (error) => console.error("idle database connection lost:", error.message));
  return writer;
}
