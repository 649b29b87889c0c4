import assert from "node:assert/strict";
import { UNDECIDED } from "../../policy/framework/pack";
import { enforcement, type Rule } from "../../policy/framework/rule";
import { type Given, judge, urnOf } from "./engine";

/** What a rule must accept and what it must refuse. */
export interface Cases {
  /** Fixtures that keep the rule. */
  readonly holds: readonly (readonly Given[])[];
  /** Fixtures that break it, each with what the message must say was found. */
  readonly breaks: readonly (readonly [fixture: readonly Given[], found: RegExp])[];
}

/** The cases of an area's rules, by rule. */
export type CaseTable = Readonly<Record<string, Cases>>;

/** Declares the tests of a pack: every rule with its cases, and that every rule has some, in one table. */
export function testPack(name: string, rules: readonly Rule[], tables: readonly CaseTable[]): void {
  const entries = tables.flatMap((table) => Object.entries(table));
  const cases = new Map(entries);

  describe(name, () => {
    it("has a violating and a compliant case for every rule, and none for others", () => {
      assert.deepEqual(entries.map(([rule]) => rule).sort(), rules.map(({ id }) => id).sort());
      for (const [rule, { holds, breaks }] of entries) {
        assert.ok(holds.length > 0 && breaks.length > 0, `${rule} lacks a case`);
      }
    });

    for (const rule of rules) {
      describe(rule.id, () => {
        const { holds, breaks } = cases.get(rule.id) ?? { holds: [], breaks: [] };
        for (const [index, fixture] of holds.entries()) {
          it(`holds (${index + 1})`, async () => {
            assert.deepEqual(await judge([rule], fixture), []);
          });
        }
        it("finds in a case what its example says", async () => {
          const said = await Promise.all(breaks.map(([fixture]) => judge([rule], fixture)));
          const found = said.flat().map(({ message }) => message.split("\n")[1]);
          assert.ok(found.includes(`found: ${rule.example}`), `found: ${JSON.stringify(found)}`);
        });
        for (const [fixture, found] of breaks) {
          it(`finds ${found.source}`, async () => {
            const said = await judge([rule], fixture);
            const matching = said.filter(({ message }) => found.test(message));
            assert.ok(matching.length > 0, `said: ${JSON.stringify(said.map(({ message }) => message))}`);
            for (const one of matching) {
              assert.equal(one.enforcement, enforcement(rule));
              assert.equal(one.severity, rule.severity);
              assert.ok(fixture.map(urnOf).includes(one.urn), `said of ${one.urn || "nothing"}`);
              assert.ok(!one.message.startsWith(UNDECIDED));
              assert.ok(one.message.startsWith(`${rule.title}\nfound: `));
              assert.ok(one.message.includes(`to mend: ${rule.remedy}`));
            }
          });
        }
      });
    }
  });
}
