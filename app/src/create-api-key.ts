import pg from "pg";
import { type KeyCommand, keyCommand } from "./auth/command.ts";
import { clientExecutor, createApiKey, revokeApiKey } from "./auth/keys.ts";
import { writerConfig } from "./config.ts";
import type { Executor } from "./database/database.ts";
import { run } from "./run.ts";
import { credentialReader } from "./secrets.ts";

/** A server that has not let the program in by then does not answer. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Makes an API key and prints it, or revokes one. It runs beside the service, in the same environment and with the same
 * role: what `kubectl exec` prints is in no log.
 */
await run(async () => {
  const command = keyCommand(process.argv.slice(2));
  const config = writerConfig(process.env);
  const { username, password } = await credentialReader(config.AWS_REGION)(config.DATABASE_SECRET_ARN);
  const client = new pg.Client({
    host: config.DATABASE_WRITER_HOST,
    port: config.DATABASE_PORT,
    database: config.DATABASE_NAME,
    ssl: config.DATABASE_TLS === "on",
    user: username,
    password,
    application_name: "pynomaly-create-api-key",
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  });
  // The statement that runs is rejected with it, too; unheard, it would end the process with another message.
  client.on("error", () => undefined);
  await client.connect();
  try {
    console.log(await execute(command, clientExecutor(client)));
  } finally {
    await client.end();
  }
});

async function execute(command: KeyCommand, executor: Executor): Promise<string> {
  if ("create" in command) return createApiKey(executor, command.create);
  const ended = await revokeApiKey(executor, command.revoke);
  if (ended === undefined) throw new Error(`no API key has the prefix ${command.revoke}`);
  return `revoked; its open sessions, ${ended}, end within a minute`;
}
