import pg from "pg";
import { type ServerConfig, serverConfig } from "./config.ts";
import { run } from "./run.ts";
import { secretsManager } from "./secrets.ts";
import { createService } from "./service.ts";

/** How long a request waits for a connection. */
const CONNECT_TIMEOUT_MS = 5000;

await run(async () => {
  const config = serverConfig(process.env);
  const pool = await writerPool(config);
  const service = createService({
    checkReady: async () => {
      await pool.query("SELECT 1");
    },
    keepAliveTimeoutSeconds: config.KEEP_ALIVE_TIMEOUT_SECONDS,
    headersTimeoutSeconds: config.HEADERS_TIMEOUT_SECONDS,
  });

  const leave = async (signal: string) => {
    console.log(`${signal}: draining for at most ${config.SHUTDOWN_TIMEOUT_SECONDS} s`);
    const finished = await service.drain(config.SHUTDOWN_TIMEOUT_SECONDS);
    await pool.end();
    console.log(finished ? "every request finished" : "requests were cut off");
    process.exit(finished ? 0 : 1);
  };
  for (const signal of ["SIGTERM", "SIGINT"]) process.once(signal, () => run(() => leave(signal)));
  service.server.listen(config.PORT, () => console.log(`listening on ${config.PORT}`));
});

/** A pool to the writer over verified TLS. Each new connection asks for the current password. */
async function writerPool(config: ServerConfig): Promise<pg.Pool> {
  const readCredential = secretsManager(config.AWS_REGION);
  const { username } = await readCredential(config.DATABASE_SECRET_ARN);
  const pool = new pg.Pool({
    host: config.DATABASE_WRITER_HOST,
    port: config.DATABASE_PORT,
    database: config.DATABASE_NAME,
    user: username,
    password: async () => (await readCredential(config.DATABASE_SECRET_ARN)).password,
    ssl: true,
    max: config.DATABASE_WRITER_POOL_MAX,
    idleTimeoutMillis: config.DATABASE_POOL_IDLE_SECONDS * 1000,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    // The client's own clock: a SET would pin the proxy's connection to this client.
    query_timeout: config.STATEMENT_TIMEOUT_SECONDS * 1000,
  });
  // An idle connection that breaks is replaced at the next query; unheard, it would end the process.
  pool.on("error", (error) => console.error("idle database connection lost:", error.message));
  return pool;
}
