import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { canonical } from "../../src/maintenance/canonical.ts";

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
