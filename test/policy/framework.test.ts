import assert from "node:assert/strict";
import fc from "fast-check";
import { each, found, mustBe } from "../../policy/framework/finding";
import { policies, UNDECIDED } from "../../policy/framework/pack";
import { resourceRule, stackRule } from "../../policy/framework/rule";
import * as T from "../../policy/framework/types";
import { Undecided, Value } from "../../policy/framework/value";
import { packs } from "../../policy/packs";
import { type Given, JUDGEMENT, judge, judgePolicies, UNKNOWN, urnOf } from "./engine";
import { edit, given } from "./given";
import { system } from "./system";

const facts = {
  title: "The thing holds",
  severity: "high",
  frameworks: ["FSBP.1"],
  reason: "It must.",
  example: "size is 2",
  remedy: "make it hold",
} as const;
const sizes = resourceRule({
  ...facts,
  id: "sizes",
  types: ["test:x:Thing"],
  *check({ props }) {
    yield* mustBe(props.at("size"), 1);
    yield* each(props.at("parts").list(), function* (part) {
      yield* mustBe(part.at("size"), 1);
    });
  },
});
const thing = (props: Record<string, unknown>): Given => given("test:x:Thing", props);
const every = packs.flatMap(({ rules }) => [...rules]);

describe("a rule's message", () => {
  it("says what holds, what was found, how to mend it and what it maps to", async () => {
    const [said] = await judge([sizes], [thing({ size: 2 })]);
    assert.deepEqual(said, {
      rule: "sizes",
      message: "The thing holds\nfound: size is 2\nto mend: make it hold\nmaps to: FSBP.1",
      urn: urnOf(thing({})),
      enforcement: "mandatory",
      severity: "high",
    });
  });

  it("is advice where the severity is low", async () => {
    const [said] = await judge([{ ...sizes, severity: "low" }], [thing({})]);
    assert.equal(said?.enforcement, "advisory");
  });
});

describe("an unknown value", () => {
  it("makes a mandatory rule say so, visibly and as advice, about that resource", async () => {
    const [said, ...others] = await judge([sizes], [thing({ size: UNKNOWN })]);
    assert.deepEqual(others, []);
    assert.equal(said?.enforcement, "advisory");
    assert.equal(said?.urn, urnOf(thing({})));
    assert.match(
      said?.message ?? "",
      new RegExp(`^${UNDECIDED}: The thing holds\nfound: size is unknown until deployment\n`),
    );
  });

  it("hides no violation beside it", async () => {
    const said = await judge([sizes], [thing({ size: UNKNOWN, parts: [{ size: UNKNOWN }, { size: 2 }] })]);
    assert.deepEqual(
      said.map(({ enforcement, message }) => [enforcement, /found: (.*)/.exec(message)?.[1]]),
      [
        ["advisory", "size is unknown until deployment"],
        ["advisory", "parts.0.size is unknown until deployment"],
        ["mandatory", "parts.1.size is 2"],
      ],
    );
  });

  it("counts as set when it is the property itself, and is undecided when it is around it", () => {
    const props = (raw: Record<string, unknown>) =>
      new Value(
        new Proxy(raw, {
          get(target, key) {
            if (target[String(key)] === UNKNOWN) throw new Error("unknown");
            return target[String(key)];
          },
        }),
      );
    assert.equal(props({ key: UNKNOWN }).at("key").isSet, true);
    assert.equal(props({}).at("key").isSet, false);
    assert.throws(() => props({ network: UNKNOWN }).at("network.public").isSet, Undecided);
    assert.throws(() => props({ network: UNKNOWN }).at("network.public").boolean(), Undecided);
  });

  it("in a stack rule is reported for its resource and leaves the others alone", async () => {
    const rules = every.filter(({ id }) => id === "replica-fit");
    const said = await judge(
      rules,
      edit(edit(system(), "orders-b", "instanceClass", UNKNOWN), "orders-c", "instanceClass", "db.m7g.large"),
    );
    assert.deepEqual(
      said.map(({ urn, enforcement }) => [urn.split("::").at(-1), enforcement]),
      [
        ["orders-b", "advisory"],
        ["orders-c", "mandatory"],
      ],
    );
  });

  it("is none where the engine shows a resource without its properties: its inputs are judged", async () => {
    const outputs = ({ type, props }: Given) => (type.startsWith("kubernetes:") ? {} : props);
    assert.deepEqual(await judge(every, system(), { outputs }), await judge(every, system()));
  });

  it("is never a silent pass: no rule of the packs accepts the unknown system it accepts when known", async () => {
    const said = await judge(every, edit(system(), "shop", "spec", UNKNOWN));
    const undecided = new Set(said.filter(({ message }) => message.startsWith(UNDECIDED)).map(({ rule }) => rule));
    for (const rule of ["connection-budget", "node-capacity", "schedulable", "k8s-digest", "k8s-security-context"]) {
      assert.ok(undecided.has(rule), `${rule} said nothing`);
    }
    const about = said.filter(({ rule }) => rule === "schedulable").map(({ urn }) => urn.split("::").at(-1));
    assert.deepEqual(about, ["shop"]);
  });
});

describe("a rule that throws", () => {
  for (const kind of ["resource", "stack"] as const) {
    it(`is an error that names it (${kind})`, async () => {
      const check = () => {
        throw new TypeError("a mistake in the rule");
      };
      const rule =
        kind === "resource"
          ? resourceRule({ ...facts, id: "broken", types: ["test:x:Thing"], check })
          : stackRule({ ...facts, id: "broken", check });
      await assert.rejects(judge([rule], [thing({})]), /policy 'broken' from policy pack .*a mistake in the rule/s);
    });
  }
});

describe("the packs", () => {
  it("name each rule once", () => {
    const ids = every.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
  });

  it("judge nothing that has nothing to do with them", async () => {
    assert.deepEqual(await judge(every, [given("aws:dynamodb/table:Table", { name: "t" })]), []);
  });

  it("survive any property bag", async () => {
    const types = Object.values(T).flat();
    const keys = [
      "spec",
      "template",
      "metadata",
      "containers",
      "env",
      "name",
      "value",
      "parameters",
      "policy",
      "ingress",
    ];
    const bag = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, 0, -1, "", "[]", "{}", "25%", UNKNOWN),
        fc.array(tie("value"), { maxLength: 2 }),
        tie("object"),
      ),
      object: fc.dictionary(fc.constantFrom(...keys), tie("value"), { maxKeys: 4 }),
    }));
    const resource = fc.record({ type: fc.constantFrom(...types), props: bag.object });
    await fc.assert(
      fc.asyncProperty(fc.array(resource, { maxLength: 4 }), async (resources) => {
        const stack = resources.map(({ type, props }, index) =>
          given(type, props as Record<string, unknown>, {
            name: `r${index}`,
            refs: { spec: ["r0"], parameterGroupName: ["r1"], replicateSourceDb: ["r0"], loadBalancerArn: ["r2"] },
          }),
        );
        await judgePolicies(policies(every, JUDGEMENT), stack);
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it("survive texts that are no patterns, quantities or networks", async () => {
    const odd = "*(+[?";
    const statement = { Effect: "Allow", Action: [odd], Resource: odd };
    const stack = [
      given(
        T.REPLICATION_GROUP,
        { engine: odd, engineVersion: "7.1", nodeType: "cache.m7g.large" },
        {
          name: "cache",
          refs: { parameterGroupName: ["group"] },
        },
      ),
      given(T.CACHE_PARAMETER_GROUP, { family: odd, parameters: [{ name: odd, value: odd }] }, { name: "group" }),
      given(T.IAM_ROLE_POLICY, { policy: { Statement: [statement] } }),
      given(T.SUBNET, { cidrBlock: odd }, { name: "subnet" }),
      given(T.NAT_GATEWAY, {}, { refs: { subnetId: ["subnet"] } }),
      given(T.DEPLOYMENT, {
        spec: { template: { spec: { containers: [{ resources: { limits: { memory: odd } } }] } } },
      }),
      given(T.METRIC_ALARM, { metricName: "pod_utilization", threshold: 1, tags: { Target: "apiMemory" } }),
    ];
    const rules = new Set((await judge(every, stack)).map(({ rule }) => rule));
    assert.ok(["cache-fit", "subnet-addresses", "alarms-equal-targets"].every((rule) => rules.has(rule)));
  });

  it("survive every property of a sound system being null, a text, a list or unknown", async () => {
    const all = policies(every, JUDGEMENT);
    for (const resource of system()) {
      for (const key of Object.keys(resource.props)) {
        for (const value of [null, "text", [null], UNKNOWN]) {
          await judgePolicies(all, edit(system(), resource.name, key, value));
        }
      }
    }
  });
});

describe("found", () => {
  it("quotes no more than a line", () => {
    assert.ok(String(new Value({ text: "x".repeat(500) }).at("text")).length < 120);
    assert.equal(found("a thing").undecided, undefined);
  });
});
