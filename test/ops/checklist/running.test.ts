import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { type CheckedItem, check, type Evidence } from "../../../ops/checklist/item";
import { ITEMS } from "../../../ops/checklist/items";
import { type GivenAddresses, givenParts, readRunning } from "../../../ops/checklist/running";
import type { Subject } from "../../../ops/checklist/subject";
import type { Configuration } from "../../../settings";
import { production } from "./subject";
import { type System, startSystem } from "./system";

describe("the checklist of a system that runs", function () {
  this.timeout(120_000);
  let prod: Subject;
  let system: System;

  before(async () => {
    [prod, system] = await Promise.all([production(), startSystem()]);
  });

  after(() => system.stop());

  async function checked(given: GivenAddresses, as: Configuration = prod): Promise<ReadonlyMap<string, CheckedItem>> {
    const running = await readRunning(prod.root, givenParts(given), as, () => undefined);
    return new Map(ITEMS.map((item) => [item.id, check(item, { ...prod, running })]));
  }

  const evidenceOf = (items: ReadonlyMap<string, CheckedItem>, id: string, source: Evidence["source"]) =>
    items.get(id)?.evidence.filter((evidence) => evidence.source === source) ?? [];

  const faultsOf = (items: ReadonlyMap<string, CheckedItem>, id: string) =>
    items.get(id)?.evidence.filter(({ status }) => status === "fail") ?? [];

  /** Until the service itself has noticed what it lost. */
  async function degraded(): Promise<void> {
    while (!(await (await fetch(`${system.url}/ready`)).text()).includes('"degraded"')) await delay(50);
  }

  /** Makes a change, looks once it is noticed, and takes the change back. */
  async function changed(change: string, back: string, given: GivenAddresses, noticed = async () => {}) {
    await system.tell(change);
    try {
      await noticed();
      return await checked(given);
    } finally {
      await system.tell(back);
    }
  }

  it("has evidence of the service, its metrics, its database and its cache in every item that is about them", async () => {
    const items = await checked({
      url: system.url,
      "metrics-url": system.metricsUrl,
      "database-url": system.databaseUrl,
      "cache-url": system.cacheUrl,
    });
    const passes = [
      ...["postgresql-configured", "indexes-created", "queries-analyzed", "database-pooling", "autovacuum-tuned"].map(
        (id) => [id, "database"] as const,
      ),
      ...["fast-server", "caching", "compression", "load-balancer"].map((id) => [id, "service"] as const),
      ...["application-pooling", "caching", "metrics-collected"].map((id) => [id, "metrics"] as const),
      ["caching", "cache"] as const,
    ];
    for (const [id, source] of passes) {
      const evidence = evidenceOf(items, id, source);
      assert.ok(
        evidence.some(({ status }) => status === "pass"),
        `${id}: no evidence of the ${source}`,
      );
      assert.deepEqual(
        evidence.filter(({ status }) => status === "fail"),
        [],
      );
    }
    // How punctual the loop is, is the machine's business; that it is told is not.
    assert.equal(evidenceOf(items, "asynchronous", "metrics").length, 1);
    assert.equal(items.get("queries-analyzed")?.status, "pass");
    const missing = [...items.values()].flatMap(({ evidence }) => evidence.flatMap((one) => one.missing ?? []));
    assert.deepEqual(
      [...new Set(missing)].filter((one) => !/^half a minute/.test(one)),
      ["URL=https://HOST", "REPORT=FILE, which make loadtest wrote"],
    );
    assert.ok(!JSON.stringify([...items.values()]).includes("owner-secret"));
  });

  it("sees a server whose parameters are others", async () => {
    const { plan, settings } = prod;
    const parameters = plan.database.parameters.map((parameter) => {
      const value = { autovacuum_naptime: "60", max_connections: "180" }[parameter.name];
      return { ...parameter, ...(value !== undefined && { value }) };
    });
    const other = { settings, plan: { ...plan, database: { ...plan.database, parameters } } };
    const items = await checked({ "database-url": system.databaseUrl }, other);
    const told = ["postgresql-configured", "autovacuum-tuned"].map((id) =>
      faultsOf(items, id).map(({ source, subject, found, expected }) => [source, subject, found, expected]),
    );
    assert.deepEqual(told, [
      [["database", "max_connections", "200", "180"]],
      [["database", "autovacuum_naptime", "30 s", "1 min"]],
    ]);
  });

  it("sees an index that is gone", async () => {
    const items = await changed(
      "DROP INDEX idx_anomalies_timestamp",
      "CREATE INDEX idx_anomalies_timestamp ON anomalies (timestamp DESC, id DESC, severity)",
      { "database-url": system.databaseUrl },
    );
    assert.deepEqual(
      faultsOf(items, "indexes-created").map(({ property, subject }) => [property, subject]),
      [
        ["verify, index", "idx_anomalies_timestamp"],
        ["analyze missing-indexes", "idx_anomalies_timestamp"],
      ],
    );
  });

  it("calls queries analyzed only where some ran", async () => {
    const { database } = await readRunning(
      prod.root,
      givenParts({ "database-url": system.databaseUrl }),
      prod,
      () => {},
    );
    assert.equal(database.kind, "read");
    const { facts } = database;
    const idle = { ...facts, analysis: { ...facts.analysis, statements: [] } };
    const running = { ...prod.running, database: { kind: "read", facts: idle } } as const;
    const item = ITEMS.find(({ id }) => id === "queries-analyzed");
    assert.ok(item);
    const { status, evidence } = check(item, { ...prod, running });
    assert.equal(status, "not checked");
    assert.ok(evidence.some(({ missing }) => missing === "load, then again"));
  });

  it("sees a cache that would refuse writes when it is full, and one that is gone", async () => {
    const given = { url: system.url, "cache-url": system.cacheUrl };
    await system.tell("CONFIG SET maxmemory-policy noeviction");
    const full = await checked(given);
    await system.tell("CONFIG SET maxmemory-policy allkeys-lru");
    assert.deepEqual(
      faultsOf(full, "caching").map(({ property, found, expected }) => [property, found, expected]),
      [["maxmemory_policy", "noeviction", "allkeys-lru"]],
    );

    const gone = await changed("redis stop", "redis start", given, degraded);
    const [service, cache] = faultsOf(gone, "caching");
    assert.match(service?.found ?? "", /^200 \{"status":"degraded".*"cache":\{"status":"down"/);
    assert.match(cache?.found ?? "", /^nothing listens there$/);
  });

  it("says which right a role lacks, and that a password is wrong, without saying it", async () => {
    const url = new URL(system.databaseUrl);
    [url.username, url.password] = ["guest", "guest-secret"];
    const guest = (await checked({ "database-url": url.href })).get("autovacuum-tuned");
    assert.equal(guest?.status, "pass");
    const refused = guest?.evidence.find(({ status }) => status === "not checked");
    assert.deepEqual(
      [refused?.found, refused?.missing],
      ["guest may not read what others do", "GRANT pg_monitor TO guest"],
    );

    url.password = "no-such-password";
    const wrong = await checked({ "database-url": url.href });
    assert.equal(wrong.get("autovacuum-tuned")?.status, "fail");
    assert.match(faultsOf(wrong, "autovacuum-tuned")[0]?.found ?? "", /the password of guest is wrong/);
    assert.ok(!JSON.stringify([...wrong.values()]).includes("no-such-password"));
  });

  it("does not trust a certificate that nobody signed", async () => {
    const items = await checked({ url: system.selfSignedUrl });
    assert.match(faultsOf(items, "load-balancer")[0]?.found ?? "", /its certificate is signed by itself/);
  });
});
