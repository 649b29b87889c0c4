import { migrationConfig } from "./config.ts";
import { migrate } from "./migration.ts";
import { run } from "./run.ts";
import { secretsManager } from "./secrets.ts";

await run(async () => {
  const config = migrationConfig(process.env);
  const readCredential = secretsManager(config.AWS_REGION);
  const [owner, app] = await Promise.all([
    readCredential(config.DATABASE_OWNER_SECRET_ARN),
    readCredential(config.DATABASE_SECRET_ARN),
  ]);
  const target = { host: config.DATABASE_MIGRATION_HOST, port: config.DATABASE_PORT, database: config.DATABASE_NAME };
  await migrate({ ...target, ssl: true }, owner, app);
  console.log(`role ${app.username} is up to date`);
});
