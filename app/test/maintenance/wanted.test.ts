import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Migration } from "../../src/database/migrations/files.ts";
import { canonical, wantedSchema } from "../../src/maintenance/wanted.ts";

const migration = (name: string, sql: string): Migration => {
  const script = { sql, transaction: true };
  return { version: 1, name, checksum: "", up: script, down: script };
};

describe("what the migrations make", () => {
  it("is read from their statements: indexes, views and extensions, without those dropped later", () => {
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
    ]);
    assert.deepEqual(wanted, {
      indexes: [
        { name: "t_y", table: "t", migration: "0002-b", statement: "CREATE INDEX CONCURRENTLY t_y ON t (x, y)" },
        { name: "v_x", table: "v", migration: "0003-c", statement: "CREATE UNIQUE INDEX CONCURRENTLY v_x ON v (x)" },
      ],
      views: ["v"],
      extensions: ["pg_trgm"],
    });
  });
});

describe("an index's definition", () => {
  for (const [migration, postgres] of [
    ["CREATE INDEX i ON t (a, timestamp DESC)", 'CREATE INDEX i ON public.t USING btree (a, "timestamp" DESC)'],
    [
      "CREATE UNIQUE INDEX CONCURRENTLY i ON t (a) WHERE status = 'active' AND severity > 0.5",
      "CREATE UNIQUE INDEX i ON public.t USING btree (a) WHERE ((status = 'active'::text) AND (severity > (0.5)::double precision))",
    ],
    ["CREATE INDEX i ON t (a) WHERE n > -1", "CREATE INDEX i ON public.t USING btree (a) WHERE (n > '-1'::integer)"],
    ["CREATE INDEX i ON t USING gin (a gin_trgm_ops)", "CREATE INDEX i ON public.t USING gin (a gin_trgm_ops)"],
  ] as const) {
    it(`is the same in a migration and in PostgreSQL's words: ${migration}`, () => {
      assert.equal(canonical(migration), canonical(postgres));
    });
  }

  for (const other of [
    "CREATE INDEX i ON t (a, b)",
    "CREATE INDEX i ON t (b DESC, a)",
    "CREATE UNIQUE INDEX i ON t (a, b DESC)",
    "CREATE INDEX i ON t USING gin (a, b DESC)",
    "CREATE INDEX i ON t (a, b DESC) WHERE c = 'X'",
    "CREATE INDEX i ON u (a, b DESC)",
  ]) {
    it(`is another: ${other}`, () => {
      assert.notEqual(canonical("CREATE INDEX i ON t (a, b DESC)"), canonical(other));
    });
  }

  it("keeps the case of texts", () => {
    const where = (text: string) => canonical(`CREATE INDEX i ON t (a) WHERE b = '${text}'`);
    assert.notEqual(where("x"), where("X"));
  });
});
