import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Migration } from "../../src/database/migrations/files.ts";
import { wantedSchema } from "../../src/database/migrations/wanted.ts";

const migration = (name: string, sql: string): Migration => {
  const script = { sql, transaction: true };
  return { version: 1, name, checksum: "", up: script, down: script };
};

describe("what the migrations make", () => {
  it("is read from their statements: indexes, views and extensions, without those dropped later, by their last names", () => {
    const wanted = wantedSchema([
      migration("0001-a", "CREATE EXTENSION IF NOT EXISTS pg_trgm; CREATE EXTENSION citext; CREATE TABLE t (x int)"),
      migration(
        "0002-b",
        "-- no transaction\nCREATE INDEX CONCURRENTLY t_x ON t (x);\nCREATE INDEX t_y\n  ON t (x, y)",
      ),
      migration("0003-c", "CREATE MATERIALIZED VIEW v AS SELECT 1 AS x; CREATE UNIQUE INDEX v_x ON v (x)"),
      migration("0004-d", "CREATE MATERIALIZED VIEW w AS SELECT 1 AS x; CREATE UNIQUE INDEX w_x ON w (x)"),
      migration(
        "0005-e",
        "DROP INDEX CONCURRENTLY IF EXISTS t_x; DROP MATERIALIZED VIEW w CASCADE; DROP EXTENSION citext",
      ),
      migration(
        "0006-f",
        `-- no transaction
        CREATE INDEX CONCURRENTLY t_y_next ON t (x, y, z);
        DROP INDEX CONCURRENTLY IF EXISTS t_y;
        ALTER INDEX IF EXISTS t_y_next RENAME TO t_y`,
      ),
    ]);
    assert.deepEqual(wanted, {
      indexes: [
        { name: "v_x", table: "v", migration: "0003-c", statement: "CREATE UNIQUE INDEX CONCURRENTLY v_x ON v (x)" },
        { name: "t_y", table: "t", migration: "0006-f", statement: "CREATE INDEX CONCURRENTLY t_y ON t (x, y, z)" },
      ],
      views: ["v"],
      extensions: ["pg_trgm"],
    });
  });
});
