import assert from "node:assert/strict";
import { join } from "node:path";
import { Analyzer } from "../../ops/preview/analyzer";
import { type PackProcess, startPack } from "../../ops/preview/pack-process";
import type { RuleConfig } from "../../ops/preview/policy-config";
import * as T from "../../policy/framework/types";
import { packs } from "../../policy/packs";
import { type Given, resourceRequest, stackRequest } from "./engine";
import { edit, given } from "./given";
import { direct, system } from "./system";

/** A fixture on which a rule's verdict hangs on its configuration alone. */
interface Case {
  readonly fixture: readonly Given[];
  readonly configured: RuleConfig["properties"];
  /** Without configuration the rule accepts it, and with configuration finds this; or the other way round. */
  readonly stricter?: RegExp;
  readonly looser?: RegExp;
}

const database = (props: Record<string, unknown>): Given[] => [
  given(T.RDS_INSTANCE, { backupWindow: "03:00-04:00", storageType: "gp3", ...props }),
];
const cache: readonly Given[] = [given(T.REPLICATION_GROUP, { engine: "redis", nodeType: "cache.m7g.large" })];
const limited = (limit: number): Given[] => [
  given(T.WEB_ACL, { rules: [{ action: { block: {} }, statement: { rateBasedStatement: { limit } } }] }),
];
const tagged = (tags: Record<string, string>): Given[] => [
  given(T.AWS_PROVIDER, { defaultTags: JSON.stringify({ tags }) }),
];
const TAGS = { Project: "p", Environment: "e", Owner: "o", CostCenter: "c" };
const crowded = edit(direct(), "parameters", "parameters", [{ name: "max_connections", value: "160" }]);

const CASES: Readonly<Record<string, readonly Case[]>> = {
  "rds-backups": [
    { fixture: database({ backupRetentionPeriod: 14 }), configured: { days: 30 }, stricter: /RetentionPeriod is 14/ },
    { fixture: database({ backupRetentionPeriod: 3 }), configured: { days: 3 }, looser: /RetentionPeriod is 3/ },
  ],
  "logs-retention": [
    {
      fixture: [given(T.LOG_GROUP, { retentionInDays: 30 })],
      configured: { days: 365 },
      stricter: /retentionInDays is 30/,
    },
  ],
  "rds-storage-headroom": [
    {
      fixture: database({ allocatedStorage: 400, maxAllocatedStorage: 1000 }),
      configured: { factor: 3 },
      stricter: /maxAllocatedStorage is 1000 and allocatedStorage is 400/,
    },
    {
      fixture: database({ allocatedStorage: 400, maxAllocatedStorage: 450 }),
      configured: { factor: 1.1 },
      looser: /maxAllocatedStorage is 450/,
    },
  ],
  "connection-budget": [
    { fixture: direct(), configured: { percent: 70 }, stricter: /which has 140 \(70 % of 200\)/ },
    { fixture: system(), configured: { percent: 70 }, stricter: /maxConnectionsPercent is 80/ },
    { fixture: crowded, configured: { percent: 95 }, looser: /which has 128 \(80 % of 160\)/ },
  ],
  "cache-fit": [{ fixture: cache, configured: { gib: 6 }, stricter: /the data may take 6.0 GiB/ }],
  "tags-required": [
    { fixture: tagged(TAGS), configured: { tags: ["Project", "Team"] }, stricter: /lack Team/ },
    { fixture: tagged({ Team: "t" }), configured: { tags: ["Team"] }, looser: /lack Project/ },
  ],
  // Whether there is a file of prices or none, the cap is what makes the rule speak.
  "cost-cap": [
    { fixture: [given(T.NAT_GATEWAY)], configured: { usdPerMonth: 0.01 }, stricter: /usdPerMonth allows 0\.01 USD/ },
  ],
  "waf-rate-limit": [
    { fixture: limited(600), configured: { requestsPerMinute: 100 }, stricter: /lets 120 requests a minute/ },
    { fixture: limited(5000), configured: { requestsPerMinute: 1000 }, looser: /lets 1000 requests a minute/ },
  ],
};

const root = join(__dirname, "..", "..");

describe("rules that can be configured", () => {
  it("all have a case", () => {
    const configurable = packs.flatMap(({ rules }) => rules.flatMap(({ id, config }) => (config ? [id] : [])));
    assert.deepEqual(Object.keys(CASES).sort(), configurable.sort());
  });
});

for (const { name, rules } of packs) {
  describe(`${name}, configured as the engine does`, () => {
    let pack: PackProcess;
    let analyzer: Analyzer;

    before(async () => {
      pack = startPack(join(root, "policy", name.replace("pynomaly-", "")), name);
      analyzer = await Analyzer.connect(pack);
    });

    after(async () => {
      analyzer?.close();
      await pack.stop();
    });

    async function said(rule: string, { fixture }: Case, properties: RuleConfig["properties"]): Promise<string> {
      const config = new Map([[rule, { properties }]]);
      await analyzer.configure("fixture", "test", analyzer.rules(config), config);
      const asked = [...fixture.map((one) => analyzer.analyze(resourceRequest(one)))];
      const heard = [...(await Promise.all(asked)), await analyzer.analyzeStack(stackRequest(fixture))].flat();
      return heard.flatMap((one) => (one.rule === rule ? [one.message] : [])).join("\n");
    }

    for (const { id } of rules) {
      for (const one of CASES[id] ?? []) {
        const values = JSON.stringify(one.configured).slice(1, -1);
        it(`${id} is ${one.stricter ? "stricter" : "looser"} with ${values}`, async () => {
          const [byDefault, configured] = [await said(id, one, {}), await said(id, one, one.configured)];
          const [accepted, refused] = one.stricter ? [byDefault, configured] : [configured, byDefault];
          assert.equal(accepted, "");
          assert.match(refused, one.stricter ?? one.looser ?? /^$/);
          assert.match(refused, /^judged by: \w+ = /m);
        });
      }
    }
  });
}
