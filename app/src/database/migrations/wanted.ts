import { type Migration, readMigrations } from "./files.ts";
import { splitStatements } from "./statements.ts";

/** An index that the migrations make. */
export interface WantedIndex {
  readonly name: string;
  /** Its table or materialized view. */
  readonly table: string;
  /** Which makes it: `0004-indexes`. */
  readonly migration: string;
  /** Makes it without keeping writes away. */
  readonly statement: string;
}

/** What the migrations make, and the database tool looks after. */
export interface Wanted {
  readonly indexes: readonly WantedIndex[];
  /** Names of materialized views. */
  readonly views: readonly string[];
  readonly extensions: readonly string[];
}

const INDEX =
  /^CREATE\s+(?<unique>UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(?<name>\w+)\s+(?<rest>ON\s+(?<table>\w+).*)$/is;
const RENAME = /^ALTER\s+INDEX\s+(?:IF\s+EXISTS\s+)?(?<name>\w+)\s+RENAME\s+TO\s+(?<to>\w+)$/i;
const VIEW = /^CREATE\s+MATERIALIZED\s+VIEW\s+(?:IF\s+NOT\s+EXISTS\s+)?(?<name>\w+)/i;
const EXTENSION = /^CREATE\s+EXTENSION\s+(?:IF\s+NOT\s+EXISTS\s+)?(?<name>\w+)/i;
const DROP =
  /^DROP\s+(?<kind>INDEX|TABLE|MATERIALIZED\s+VIEW|EXTENSION)\s+(?:CONCURRENTLY\s+)?(?:IF\s+EXISTS\s+)?(?<names>[\w,\s]+?)(?:\s+(?:CASCADE|RESTRICT))?$/i;

/** Reads what the migrations make from their own statements, so that it is written once. */
export function wantedSchema(migrations: readonly Migration[] = readMigrations()): Wanted {
  const indexes = new Map<string, WantedIndex>();
  const views = new Set<string>();
  const extensions = new Set<string>();
  for (const { name: migration, up } of migrations) {
    for (const statement of splitStatements(up.sql)) {
      const index = INDEX.exec(statement)?.groups;
      if (index?.name !== undefined && index.table !== undefined) {
        const unique = index.unique === undefined ? "" : "UNIQUE ";
        indexes.set(index.name, {
          name: index.name,
          table: index.table,
          migration,
          statement: `CREATE ${unique}INDEX CONCURRENTLY ${index.name} ${index.rest?.replace(/\s+/g, " ")}`,
        });
      }
      const { name: former = "", to } = RENAME.exec(statement)?.groups ?? {};
      const renamed = indexes.get(former);
      if (renamed !== undefined && to !== undefined) {
        indexes.delete(former);
        indexes.set(to, { ...renamed, name: to, statement: renamed.statement.replace(` ${former} `, ` ${to} `) });
      }
      const view = VIEW.exec(statement)?.groups?.name;
      if (view !== undefined) views.add(view);
      const extension = EXTENSION.exec(statement)?.groups?.name;
      if (extension !== undefined) extensions.add(extension);
      for (const dropped of DROP.exec(statement)?.groups?.names?.split(",") ?? []) {
        const name = dropped.trim();
        indexes.delete(name);
        views.delete(name);
        extensions.delete(name);
        // Indexes go with what they are on.
        for (const { name: own, table } of indexes.values()) if (table === name) indexes.delete(own);
      }
    }
  }
  return { indexes: [...indexes.values()], views: [...views], extensions: [...extensions] };
}
