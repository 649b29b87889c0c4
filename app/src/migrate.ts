import { migrationConfig } from "./config.ts";
import { migrate, revert } from "./database/migration.ts";
import { readManifests } from "./database/shipped-models.ts";
import { run } from "./run.ts";
import { credentialReader } from "./secrets.ts";

/** `migrate.ts` brings the database up to date; `migrate.ts down <version>` takes its schema back. */
await run(async () => {
  const version = wantedVersion(process.argv.slice(2));
  const config = migrationConfig(process.env);
  const readCredential = credentialReader(config.AWS_REGION);
  const [owner, app, readonly, maintenance] = await Promise.all([
    readCredential(config.DATABASE_OWNER_SECRET_ARN),
    readCredential(config.DATABASE_SECRET_ARN),
    config.DATABASE_READONLY_SECRET_ARN === undefined ? undefined : readCredential(config.DATABASE_READONLY_SECRET_ARN),
    config.DATABASE_MAINTENANCE_SECRET_ARN === undefined
      ? undefined
      : readCredential(config.DATABASE_MAINTENANCE_SECRET_ARN),
  ]);
  const target = {
    host: config.DATABASE_INSTANCE_HOST,
    port: config.DATABASE_PORT,
    database: config.DATABASE_NAME,
    ssl: config.DATABASE_TLS === "on",
  };
  const options = { target, owner, log: (line: string) => console.log(line) };
  if (version !== undefined) {
    await revert(options, version);
    return;
  }
  await migrate(options, { app, readonly, maintenance, models: await readManifests() });
  for (const role of [app, readonly, maintenance]) if (role) console.log(`role ${role.username} is up to date`);
});

function wantedVersion(args: readonly string[]): number | undefined {
  if (args.length === 0) return undefined;
  const [direction, version = ""] = args;
  if (direction !== "down" || !/^\d+$/.test(version) || args.length > 2) {
    throw new Error("usage: migrate.ts [down <version>]");
  }
  return Number(version);
}
