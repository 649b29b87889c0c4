import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** SQL that a migration runs. */
export interface Script {
  readonly sql: string;
  /** Whether it runs as a whole or not at all. CONCURRENTLY needs to run outside a transaction. */
  readonly transaction: boolean;
}

/** One step of the schema. */
export interface Migration {
  readonly version: number;
  /** `0002-tables`. */
  readonly name: string;
  /** SHA-256 of the way up, in hexadecimal. */
  readonly checksum: string;
  readonly up: Script;
  readonly down: Script;
}

/** First line of a file that runs statement by statement. A run that was killed starts it again, so each may be run twice. */
const NO_TRANSACTION = "-- no transaction\n";

const FILE = /^(?<name>(?<version>\d{4})-[a-z0-9-]+)\.(?<direction>up|down)\.sql$/;

const FOLDER = fileURLToPath(new URL("../../../migrations", import.meta.url));

/**
 * The migrations of a folder, in order: `0001-name.up.sql` and `0001-name.down.sql`, and so on.
 *
 * @throws Error that names the file which is missing or does not belong there
 */
export function readMigrations(folder = FOLDER): Migration[] {
  const files = readdirSync(folder).sort();
  const stray = files.find((file) => !FILE.test(file));
  if (stray !== undefined) throw new Error(`${stray} is not named like 0001-name.up.sql`);
  const names = [...new Set(files.map((file) => FILE.exec(file)?.groups?.name ?? ""))];
  const read = (file: string): string => {
    if (!files.includes(file)) throw new Error(`${file} is missing`);
    return readFileSync(`${folder}/${file}`, "utf8");
  };
  return names.map((name, index) => {
    const version = index + 1;
    if (Number.parseInt(name, 10) !== version) throw new Error(`${name}: version ${version} is expected here`);
    const up = read(`${name}.up.sql`);
    return {
      version,
      name,
      checksum: createHash("sha256").update(up).digest("hex"),
      up: script(up),
      down: script(read(`${name}.down.sql`)),
    };
  });
}

const script = (sql: string): Script => ({ sql, transaction: !sql.startsWith(NO_TRANSACTION) });

/** The version of the schema that this code needs. */
export const schemaVersion: number = readMigrations().length;
