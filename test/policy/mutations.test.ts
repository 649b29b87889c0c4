import assert from "node:assert/strict";
import { policies, UNDECIDED } from "../../policy/framework/pack";
import { packs } from "../../policy/packs";
import { type Given, JUDGEMENT, judge, judgePolicies } from "./engine";
import { type Edit, mutants } from "./mutations/edits";
import { recorded } from "./mutations/recorded";
import { resourceEdits } from "./mutations/resources";
import { securityEdits } from "./mutations/security";

/** Fewest faults that the rules are tried on. */
const LEAST = 500;

const rules = packs.flatMap(({ rules }) => [...rules]);
const edits: Readonly<Record<string, readonly Edit[]>> = { ...resourceEdits, ...securityEdits };

describe("the production stack", () => {
  let stack: Given[];
  let tried = 0;

  before(async () => {
    stack = await recorded("prod");
  });

  it("breaks no rule; only the digest of the image that it builds itself is undecided", async () => {
    const found = await judge(rules, stack);
    const kinds = new Set(found.map(({ rule, message }) => `${rule}, ${message.startsWith(UNDECIDED)}`));
    assert.deepEqual([...kinds], ["k8s-digest, true"]);
  });

  for (const rule of rules) {
    it(`with a fault breaks ${rule.id}`, async () => {
      const [policy] = policies([rule], JUDGEMENT);
      assert.ok(policy);
      const missed: string[] = [];
      const faults = edits[rule.id] ?? [];
      assert.ok(faults.length > 0, "no fault is made for it");
      for (const edit of faults) {
        const found = [...mutants(stack, edit)];
        assert.ok(found.length > 0, `no resource to make the fault on: ${edit.what}`);
        for (const { what, mutant } of found) {
          tried += 1;
          const changed = mutant.filter((resource) => !stack.includes(resource));
          const seen = rule.kind === "stack" ? mutant : changed;
          const said = await judgePolicies([policy], seen, undefined, changed);
          if (said.every(({ message }) => message.startsWith(UNDECIDED))) {
            missed.push(what);
          }
        }
      }
      assert.deepEqual(missed, []);
    });
  }

  it(`was tried with ${LEAST} faults or more`, () => {
    assert.ok(tried >= LEAST, `tried ${tried}`);
  });
});
