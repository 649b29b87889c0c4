import type { Policies, ReportViolation } from "@pulumi/policy";
import { attempt, type Finding, type Findings } from "./finding";
import { enforcement, type Rule } from "./rule";
import { type Inputs, resourceOf, Stack } from "./stack";
import { covers, type Waiver, waiverStatus } from "./waiver";
import { waiversInForce } from "./waivers-in-force";

/** First words of what a rule says when it can't decide before deployment. */
export const UNDECIDED = "unknown until deployment";

/** What judging depends on besides the stack. */
export interface Judgement {
  readonly waivers: readonly Waiver[];
  /** The day it is: what decides whether a waiver is in force. Read once, by whoever starts the pack. */
  readonly today: Date;
}

/** Every rule of a pack: those given, and the one that watches over their waivers. */
export function withWaiverRule(rules: readonly Rule[], judgement: Judgement): readonly Rule[] {
  return [...rules, waiversInForce(rules, judgement.waivers, judgement.today)];
}

/** The rules as the policy server takes them. */
export function policies(rules: readonly Rule[], judgement: Judgement): Policies {
  const inputs: Inputs = new Map();
  return withWaiverRule(rules, judgement).map((rule) => {
    const policy = {
      name: rule.id,
      displayName: rule.id,
      description: rule.title,
      enforcementLevel: enforcement(rule),
      severity: rule.severity,
      remediationSteps: rule.remedy,
      tags: [...(rule.frameworks ?? [])],
    };
    if (rule.kind === "stack") {
      return {
        ...policy,
        validateStack: (args, report) => {
          const stack = new Stack(args.resources, inputs);
          tell(
            rule,
            attempt(() => rule.check(stack)),
            stack.root?.urn,
            report,
            judgement,
          );
        },
      };
    }
    return {
      ...policy,
      validateResource: (args, report) => {
        inputs.set(args.urn, args.props);
        if (rule.types.includes(args.type)) {
          tell(
            rule,
            attempt(() => rule.check(resourceOf(args))),
            args.urn,
            report,
            judgement,
          );
        }
      },
    };
  });
}

/** The lines that follow a rule's title in a message: what was found, how to mend it, which controls say the same. */
function details(rule: Rule, finding: Finding): string {
  const lines = [`found: ${finding.found}`, `to mend: ${rule.remedy}`];
  if (rule.frameworks !== undefined && rule.frameworks.length > 0) {
    lines.push(`maps to: ${rule.frameworks.join(", ")}`);
  }
  return lines.join("\n");
}

/**
 * The server's own form of {@link ReportViolation}, which the published type leaves out: an object may lower the enforcement of
 * one message. Without it a mandatory rule that cannot decide would have to pass in silence or to fail for nothing.
 */
type ReportAt = (violation: { message: string; urn?: string; enforcementLevel: "advisory" }) => void;

function tell(
  rule: Rule,
  findings: Findings,
  subject: string | undefined,
  report: ReportViolation,
  judgement: Judgement,
): void {
  for (const finding of findings) {
    const urn = finding.urn ?? subject;
    if (urn !== undefined && isWaived(rule, urn, judgement)) {
      continue;
    }
    if (finding.undecided) {
      const message = `${UNDECIDED}: ${rule.title}\n${details(rule, finding)}`;
      (report as unknown as ReportAt)({ message, urn, enforcementLevel: "advisory" });
    } else {
      report(details(rule, finding), urn);
    }
  }
}

function isWaived(rule: Rule, urn: string, { waivers, today }: Judgement): boolean {
  return waivers.some((waiver) => waiverStatus(waiver, today) === "in force" && covers(waiver, rule.id, urn));
}
