import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Whom a password belongs to. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** Rights of others than the file's owner. */
const OTHERS = 0o077;

/** One field of a line: `\:` and `\\` stand for themselves. */
const FIELD = /((?:\\.|[^:\\])*)(?::|$)/gy;

/**
 * The password that libpq's password file has for a login: PGPASSFILE, or `.pgpass` at home (PostgreSQL, "The Password
 * File"). Undefined when there is none, and when others may read the file, as libpq has it.
 */
export function passwordOfFile(
  { host, port, database, user }: Login,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const file = environment.PGPASSFILE ?? join(environment.HOME ?? homedir(), ".pgpass");
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat?.isFile() || (stat.mode & OTHERS) !== 0) return undefined;
  // A socket's folder is looked up as localhost.
  const wanted = [host.startsWith("/") ? "localhost" : host, String(port), database, user];
  for (const line of readFileSync(file, "utf8").split("\n")) {
    if (line.startsWith("#")) continue;
    const fields = [...line.matchAll(FIELD)].map(([, field = ""]) => field.replace(/\\(.)/g, "$1"));
    if (wanted.every((value, index) => fields[index] === "*" || fields[index] === value)) return fields[4];
  }
  return undefined;
}
