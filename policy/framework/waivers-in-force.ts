import type { Configured } from "./config";
import { attempt, type Finding, found } from "./finding";
import { type Rule, type StackRule, stackRule } from "./rule";
import type { Stack } from "./stack";
import { concerns, covers, type Waiver, waiverStatus } from "./waiver";

/**
 * The rule that every waiver of a pack's rules is in force and needed.
 *
 * @param configured what the rules' configuration says, once they have judged
 */
export function waiversInForce(
  rules: readonly Rule[],
  waivers: readonly Waiver[],
  today: Date,
  configured: ReadonlyMap<string, Configured>,
): StackRule<"waivers-in-force"> {
  return stackRule({
    id: "waivers-in-force",
    title: "Every waiver is in force and covers something",
    severity: "high",
    reason:
      "A waiver past its date is a decision that nobody renewed; one that covers nothing hides the next violation.",
    example: "the waiver of rds-multi-az for urn:pulumi:prod::* expired on 2026-03-31 (owner: platform)",
    remedy: "mend what the waiver covers and delete it from policy/waivers.ts, or have its owner renew it",
    *check(stack) {
      for (const waiver of waivers) {
        const rule = rules.find(({ id }) => id === waiver.rule);
        if (rule === undefined || !stack.resources.some(({ urn }) => concerns(waiver, urn))) {
          continue;
        }
        const what = `the waiver of ${waiver.rule} for ${waiver.urnPattern}`;
        if (waiverStatus(waiver, today) === "expired") {
          yield found(`${what} expired on ${waiver.expires} (owner: ${waiver.owner})`);
        } else if (!broken(rule, stack, configured.get(rule.id)).some((urn) => covers(waiver, rule.id, urn))) {
          yield found(`${what} covers nothing (owner: ${waiver.owner})`);
        }
      }
    },
  });
}

/** URNs of the resources that break a rule, or may. */
function broken(rule: Rule, stack: Stack, configured?: Configured): string[] {
  const urnOf = (subject?: string) => (finding: Finding) => finding.urn ?? subject ?? [];
  if (rule.kind === "stack") {
    return [...attempt(() => rule.check(stack, configured))].flatMap(urnOf(stack.root?.urn));
  }
  return stack
    .ofType(...rule.types)
    .flatMap((resource) => [...attempt(() => rule.check(resource, configured))].flatMap(urnOf(resource.urn)));
}
