import assert from "node:assert/strict";
import type { ReportViolation, ResourceValidation, ResourceValidationArgs } from "@pulumi/policy";
import { found, mustBe } from "../../policy/framework/finding";
import { policies } from "../../policy/framework/pack";
import { resourceRule } from "../../policy/framework/rule";
import { type Waiver, waiver, waiverStatus } from "../../policy/framework/waiver";
import { packs } from "../../policy/packs";
import { waivers } from "../../policy/waivers";
import { judge, judgePolicies, TODAY, urnOf } from "./engine";
import { given, without } from "./given";
import { system } from "./system";

const rule = resourceRule({
  id: "sizes",
  title: "The thing has size 1",
  severity: "high",
  reason: "It must.",
  example: "size is 2",
  remedy: "set size",
  types: ["test:x:Thing"],
  *check({ props }) {
    yield* mustBe(props.at("size"), 1);
  },
});
const large = given("test:x:Thing", { size: 2 }, { name: "large" });
const huge = given("test:x:Thing", { size: 3 }, { name: "huge" });
const right = given("test:x:Thing", { size: 1 }, { name: "right" });
const FACTS = { reason: "Measured last week.", owner: "platform", expires: "2026-11-23" };
const ANY = "urn:pulumi:test::fixture::test:x:Thing::";

const heard = async (given: Parameters<typeof judge>[1], ...waivers: Waiver[]) =>
  (await judge([rule], given, { waivers })).map(({ rule, message, urn }) => ({
    rule,
    found: /found: (.*)/.exec(message)?.[1],
    urn,
  }));

describe("a waiver", () => {
  it("keeps a rule quiet about the resources it covers, and about no other", async () => {
    assert.deepEqual(await heard([large, huge], waiver("sizes", `${ANY}la*`, FACTS)), [
      { rule: "sizes", found: "size is 3", urn: urnOf(huge) },
    ]);
  });

  it("covers one rule", async () => {
    const [said] = await heard([large], waiver("shapes", `${ANY}large`, FACTS));
    assert.equal(said?.rule, "sizes");
  });

  it("takes all but the star literally", async () => {
    const said = await heard([large, huge], waiver("sizes", `${ANY}l.rge`, FACTS));
    assert.deepEqual(said.map(({ rule }) => rule).sort(), ["sizes", "sizes", "waivers-in-force"]);
  });

  it("holds on its last day and not on the next", () => {
    const one = waiver("sizes", `${ANY}large`, FACTS);
    assert.equal(waiverStatus(one, new Date("2026-11-23T23:59:59Z")), "in force");
    assert.equal(waiverStatus(one, new Date("2026-11-24T00:00:00Z")), "expired");
  });

  it("past its date is a violation, and covers nothing", async () => {
    const said = await heard([large], waiver("sizes", `${ANY}large`, { ...FACTS, expires: "2026-11-22" }));
    assert.deepEqual(
      said.map(({ rule, found }) => [rule, found]),
      [
        ["sizes", "size is 2"],
        ["waivers-in-force", `the waiver of sizes for ${ANY}large expired on 2026-11-22 (owner: platform)`],
      ],
    );
  });

  it("that covers nothing is a violation", async () => {
    const said = await heard([right], waiver("sizes", `${ANY}right`, FACTS));
    assert.deepEqual(
      said.map(({ rule, found }) => [rule, found]),
      [["waivers-in-force", `the waiver of sizes for ${ANY}right covers nothing (owner: platform)`]],
    );
  });

  it("covers what only the stack's configuration makes a violation", async () => {
    const limit = { type: "integer", description: "most", default: 9, minimum: 1 } as const;
    const configurable = resourceRule({
      ...rule,
      config: { most: limit },
      check: ({ props }, { most }) => ((props.at("size").number() ?? 0) > most ? [found("too large")] : []),
    });
    const given = { waivers: [waiver("sizes", `${ANY}large`, FACTS)], today: TODAY };
    const covering = (config: Record<string, number>) => {
      const all = policies([configurable], given).map((policy) =>
        "validateStack" in policy
          ? policy
          : {
              ...policy,
              validateResource: (args: ResourceValidationArgs, report: ReportViolation) =>
                (policy.validateResource as ResourceValidation)({ ...args, getConfig: <T>() => config as T }, report),
            },
      );
      return judgePolicies(all, [large]);
    };
    assert.deepEqual(await covering({ most: 1 }), []);
    assert.match((await covering({}))[0]?.message ?? "", /covers nothing/);
  });

  it("of another stack or project is left to that one", async () => {
    const elsewhere = ["urn:pulumi:prod::fixture::*", "urn:pulumi:test::other::*"];
    assert.deepEqual(await heard([right], ...elsewhere.map((pattern) => waiver("sizes", pattern, FACTS))), []);
  });

  it("covers a rule about the whole stack too", async () => {
    const rules = packs.flatMap(({ rules }) => rules.filter(({ id }) => id === "schedulable"));
    const stack = without(system(), "general");
    assert.equal((await judge(rules, stack)).length, 1);
    const waivers = [waiver("schedulable", "urn:pulumi:test::fixture::aws:eks/addon:Addon::*", FACTS)];
    assert.deepEqual(await judge(rules, stack, { waivers }), []);
  });

  const malformed: [what: string, pattern: string, facts: Partial<typeof FACTS>, error: RegExp][] = [
    ["without a reason", `${ANY}x`, { reason: " " }, /a reason and an owner are required/],
    ["without an owner", `${ANY}x`, { owner: "" }, /a reason and an owner are required/],
    ["with a date that is none", `${ANY}x`, { expires: "2026-02-30" }, /"2026-02-30", not a date as YYYY-MM-DD/],
    ["for every stack", "urn:pulumi:*::fixture::x", {}, /must begin with urn:pulumi:<stack>::<project>::/],
    ["for everything", "*", {}, /must begin with/],
  ];
  for (const [what, pattern, facts, error] of malformed) {
    it(`${what} does not load`, () => {
      assert.throws(() => waiver("sizes", pattern, { ...FACTS, ...facts }), error);
    });
  }
});

describe("the list of waivers", () => {
  it("is about rules that exist", () => {
    const ids: string[] = packs.flatMap(({ rules }) => rules.map(({ id }) => id));
    assert.deepEqual(
      waivers.filter((one) => !ids.includes(one.rule)),
      [],
    );
  });

  it("is judged on a day that is given", async () => {
    const one = waiver("sizes", `${ANY}large`, FACTS);
    assert.deepEqual(await judge([rule], [large], { waivers: [one], today: TODAY }), []);
    const later = await judge([rule], [large], { waivers: [one], today: new Date("2027-01-01T00:00:00Z") });
    assert.equal(later.length, 2);
  });
});
