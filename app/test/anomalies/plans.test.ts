import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { pageRequest } from "../../src/anomalies/query.ts";
import { listCall } from "../../src/anomalies/repository.ts";
import type { AnomalyListQuery } from "../../src/anomalies/schemas.ts";
import { countCall } from "../../src/anomalies/total.ts";
import type { Call } from "../../src/anomalies/where.ts";
import { type Backend, startBackend } from "../support/backend.ts";

let backend: Backend;

before(async () => {
  backend = await startBackend();
  const { owner } = backend;
  await owner.query(`INSERT INTO models (name, version, algorithm_name, artifact, sha256, feature_count, threshold)
    SELECT 'model ' || i, '1', 'isolation-forest', 'm.onnx', repeat('0', 64), 2, 0.5 FROM generate_series(1, 5) i`);
  await owner.query("INSERT INTO datasets (name) SELECT 'dataset ' || i FROM generate_series(1, 5) i");
  // Without looking for each row's model and dataset, which are there.
  await owner.query("SET session_replication_role = replica");
  // Models and datasets 1 to 4 have each other in all combinations, the fifth ones only themselves.
  await owner.query(`INSERT INTO anomalies (timestamp, value, severity, model_id, dataset_id)
    SELECT timestamptz '2026-01-01Z' + i * interval '1 minute', i, (i * 7919 % 1000) / 1000.0,
           CASE WHEN i % 5 = 0 THEN 5 ELSE i / 5 % 4 + 1 END, CASE WHEN i % 5 = 0 THEN 5 ELSE i / 20 % 4 + 1 END
    FROM generate_series(1, 200000) i`);
  await owner.query("VACUUM ANALYZE anomalies");
});

after(() => backend.stop());

interface PlanNode {
  readonly "Node Type": string;
  readonly "Shared Hit Blocks": number;
  readonly "Shared Read Blocks": number;
  readonly "Index Name"?: string;
  readonly "Relation Name"?: string;
  readonly "Heap Fetches"?: number;
  readonly "Presorted Key"?: readonly string[];
  readonly "Rows Removed by Filter"?: number;
  readonly "Parent Relationship"?: string;
  readonly Plans?: readonly PlanNode[];
}

const MODES = ["force_custom_plan", "force_generic_plan"];

/** The plan that a statement is run by. */
async function planOf({ statement, values }: Call, mode: string): Promise<PlanNode> {
  const literals = values.map((value) => (typeof value === "number" ? value : `'${value}'`)).join(", ");
  const parameters = literals && `(${literals})`;
  const { owner } = backend;
  await owner.query(`SET plan_cache_mode = ${mode}`);
  await owner.query(`PREPARE ${statement.name} AS ${statement.text}`);
  const { rows } = await owner.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE ${statement.name}${parameters}`);
  await owner.query(`DEALLOCATE ${statement.name}`);
  return rows[0]["QUERY PLAN"][0].Plan;
}

const withChildren = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(withChildren)];

const call = (query: AnomalyListQuery, after: boolean): Call =>
  listCall(pageRequest(query), after ? { timestamp: "2026-04-15T00:00:00.000000Z", id: "5000" } : undefined);

/** The nodes of the plan that a list's statement is run by. */
const nodes = async (query: AnomalyListQuery, after: boolean, mode: string): Promise<PlanNode[]> =>
  withChildren(await planOf(call(query, after), mode));

/** Pages that a list's statement looks at, wherever they were. */
async function pages(query: AnomalyListQuery, after: boolean): Promise<number> {
  await backend.owner.query("DEALLOCATE ALL");
  const root = await planOf(call(query, after), "force_custom_plan");
  return root["Shared Hit Blocks"] + root["Shared Read Blocks"];
}

const FILTERS: Partial<AnomalyListQuery> = {
  model_id: 3,
  dataset_id: 2,
  from: "2026-02-01T00:00:00Z",
  to: "2026-05-01T00:00:00Z",
  min_severity: 0.5,
};

/** All subsets of some names. */
function subsets(names: readonly string[]): string[][] {
  return names.reduce<string[][]>((sets, name) => sets.flatMap((set) => [set, [...set, name]]), [[]]);
}

for (const mode of MODES) {
  test(`every list is read in the order of an index: ${mode}`, async (t) => {
    const used = new Map<string, string[]>();
    for (const names of subsets([...Object.keys(FILTERS), "cursor"])) {
      const query = {
        limit: 100,
        ...Object.fromEntries(Object.entries(FILTERS).filter(([name]) => names.includes(name))),
      };
      const plan = await nodes(query, names.includes("cursor"), mode);
      const label = `${names.join(" ")}: ${JSON.stringify(plan)}`;
      const scans = plan.filter((node) => node.Plans === undefined);
      assert.deepEqual(
        scans.map((node) => node["Node Type"]),
        ["Index Scan"],
        label,
      );
      for (const node of plan) {
        assert.notEqual(node["Node Type"], "Sort", label);
        // Rows of one time by their id, as far as the page goes.
        if (node["Node Type"] === "Incremental Sort") assert.deepEqual(node["Presorted Key"], ['"timestamp"'], label);
      }
      const index = scans[0]?.["Index Name"] ?? "";
      used.set(index, [...(used.get(index) ?? []), names.join("+") || "no filter"]);
    }
    for (const [index, lists] of used) t.diagnostic(`${index}: ${lists.join(", ")}`);
  });

  test(`rows that an offset skips are counted in an index alone: ${mode}`, async () => {
    for (const names of subsets(Object.keys(FILTERS))) {
      const filters = Object.fromEntries(Object.entries(FILTERS).filter(([name]) => names.includes(name)));
      const plan = await planOf(call({ limit: 100, offset: 500, ...filters }, false), mode);
      const label = `${names.join(" ")}: ${JSON.stringify(plan)}`;
      const skipped = withChildren(plan).find((node) => node["Parent Relationship"] === "InitPlan");
      assert.ok(skipped, label);
      const scans = withChildren(plan).filter((node) => node.Plans === undefined);
      assert.deepEqual(scans.map((node) => node["Node Type"]).sort(), ["Index Only Scan", "Index Scan"], label);
      assert.deepEqual(
        withChildren(skipped).map((node) => node["Node Type"]),
        ["Limit", "Index Only Scan"],
        label,
      );
    }
  });

  test(`a model and a dataset that have nothing in common cost next to nothing: ${mode}`, async () => {
    for (const filters of [{}, { min_severity: 0.5 }, { from: "2026-02-01T00:00:00Z" }]) {
      const plan = await nodes({ limit: 100, model_id: 5, dataset_id: 1, ...filters }, false, mode);
      const removed = plan.reduce((sum, node) => sum + (node["Rows Removed by Filter"] ?? 0), 0);
      assert.ok(removed < 100, JSON.stringify(plan));
    }
  });
}

test("a first page of the usual size is not planned anew each time", async () => {
  const { owner } = backend;
  await owner.query("SET plan_cache_mode = auto");
  for (const query of [{}, { model_id: 3 }, { dataset_id: 2 }]) {
    const { statement, values } = listCall(pageRequest(query));
    for (let run = 0; run < 7; run += 1) await owner.query({ ...statement, values: [...values] });
    const { rows } = await owner.query("SELECT generic_plans > 0 AS kept FROM pg_prepared_statements WHERE name = $1", [
      statement.name,
    ]);
    assert.deepEqual(rows, [{ kept: true }], statement.text);
  }
});

for (const filters of [{}, { model_id: 3 }, { dataset_id: 2 }, { to: "2026-04-15T00:00:00Z" }]) {
  const query = { limit: 100, min_severity: 0.98, ...filters };

  test(`a list from a severity fetches rows of that severity alone: ${JSON.stringify(filters)}`, async () => {
    const plan = await nodes(query, false, "force_custom_plan");
    const scan = plan.find((node) => node.Plans === undefined);
    // Of all anomalies of that severity, an index has what the list shows.
    if (scan?.["Index Name"] === "idx_anomalies_severity") {
      assert.equal(scan["Node Type"], "Index Only Scan", JSON.stringify(plan));
      assert.equal(scan["Heap Fetches"], 0, JSON.stringify(plan));
    } else {
      assert.equal(scan?.["Node Type"], "Index Scan", JSON.stringify(plan));
      assert.equal(scan["Rows Removed by Filter"] ?? 0, 0, JSON.stringify(plan));
    }
  });
}

test("totals that no counts are kept of are counted in an index alone", async () => {
  for (const names of subsets(Object.keys(FILTERS))) {
    const filters = Object.fromEntries(Object.entries(FILTERS).filter(([name]) => names.includes(name)));
    const [root, ...plan] = withChildren(await planOf(countCall(pageRequest(filters)), "force_custom_plan"));
    const label = `${names.join(" ")}: ${JSON.stringify(root)}`;
    const scans = plan.filter((node) => node.Plans === undefined);
    const read = scans.filter((node) => node["Relation Name"] === "anomalies");
    const kept = names.every((name) => name.endsWith("_id"));
    if (kept) assert.ok(!label.includes('"anomalies"') && label.includes('"anomaly_counts"'), label);
    else assert.ok(read.length === 1 && read[0]?.["Node Type"] === "Index Only Scan", label);
  }
});

test("what a severity is rare or common for is planned for its value", () => {
  const unprepared = (query: AnomalyListQuery) =>
    [listCall(pageRequest(query)), countCall(pageRequest(query))].map(({ statement }) => statement.unprepared === true);
  assert.deepEqual(unprepared({ min_severity: 0.9 }), [true, true]);
  assert.deepEqual(unprepared({ model_id: 3, dataset_id: 2 }), [false, false]);
});

for (const filters of [{}, { model_id: 3 }, { dataset_id: 2 }, { model_id: 3, dataset_id: 2 }, { min_severity: 0.5 }]) {
  const query = { limit: 100, ...filters };

  test(`a page in the middle costs what the first one does: ${JSON.stringify(filters)}`, async () => {
    const [first, deep] = [await pages(query, false), await pages(query, true)];
    // A page more or less, by where in a leaf it begins.
    assert.ok(deep <= first * 1.2 + 5, `${deep} pages after ${first}`);
  });
}

for (const filters of [
  {},
  { model_id: 3 },
  { dataset_id: 2 },
  { model_id: 3, dataset_id: 2 },
  { min_severity: 0.5 },
  { offset: 10_000 },
]) {
  const query = { limit: 100, ...filters };

  test(`a page looks at 50 times fewer pages than without indexes: ${JSON.stringify(filters)}`, async () => {
    const { owner } = backend;
    const kinds = ["indexscan", "indexonlyscan", "bitmapscan"];
    const found = await pages(query, false);
    for (const kind of kinds) await owner.query(`SET enable_${kind} = off`);
    const whole = await pages(query, false);
    for (const kind of kinds) await owner.query(`RESET enable_${kind}`);
    assert.ok(whole >= 50 * found, `${whole} pages without, ${found} with`);
  });
}
