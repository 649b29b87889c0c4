import type { Policies, ReportViolation, ResourceValidationArgs } from "@pulumi/policy";
import type { Prices } from "../../sizing/prices";
import { type Configured, configSchema, configValues } from "./config";
import { attempt, type Finding, type Findings } from "./finding";
import { mend } from "./mend";
import { enforcement, type Rule } from "./rule";
import { type Inputs, resourceOf, Stack } from "./stack";
import { covers, type Waiver, waiverStatus } from "./waiver";
import { waiversInForce } from "./waivers-in-force";

/** First words of what a rule says when it can't decide before deployment. */
export const UNDECIDED = "unknown until deployment";

/** First words of what a rule says when it can't decide for want of prices. */
export const UNPRICED = "unknown for want of prices";

/** What judging depends on besides the stack. */
export interface Judgement {
  readonly waivers: readonly Waiver[];
  /** What AWS's list says, where it has been read. */
  readonly prices?: Prices;
  /** The day it is: what decides whether a waiver is in force. Read once, by whoever starts the pack. */
  readonly today: Date;
}

/** Every rule of a pack: those given, and the one that watches over their waivers. */
export function withWaiverRule(
  rules: readonly Rule[],
  judgement: Judgement,
  configured: ReadonlyMap<string, Configured> = new Map(),
): readonly Rule[] {
  return [...rules, waiversInForce(rules, judgement.waivers, judgement.today, configured)];
}

/** The rules as the policy server takes them. */
export function policies(rules: readonly Rule[], judgement: Judgement): Policies {
  const inputs: Inputs = new Map();
  const configured = new Map<string, Configured>();
  return withWaiverRule(rules, judgement, configured).map((rule) => {
    // The server tells each rule of its own configuration alone, and the last rule judges by that of all others.
    const configure = ({ getConfig }: Configurable): Configured => {
      const own = getConfig<Configured>();
      configured.set(rule.id, own);
      return own;
    };
    const policy = {
      name: rule.id,
      displayName: rule.id,
      description: rule.title,
      enforcementLevel: enforcement(rule),
      severity: rule.severity,
      remediationSteps: rule.remedy,
      tags: [...(rule.frameworks ?? [])],
      configSchema: configSchema(rule.config),
    };
    if (rule.kind === "stack") {
      return {
        ...policy,
        validateStack: (args, report) => {
          const stack = new Stack(args.resources, inputs, judgement.prices);
          const config = configure(args);
          tell(
            rule,
            config,
            attempt(() => rule.check(stack, config)),
            stack.root?.urn,
            report,
            judgement,
          );
        },
      };
    }
    const { mends } = rule;
    return {
      ...policy,
      ...(mends && {
        remediateResource: (args: ResourceValidationArgs) => {
          const applies = rule.types.includes(args.type) && !isWaived(rule, args.urn, judgement);
          return applies && mend(args.props, () => mends(resourceOf(args))) ? args.props : undefined;
        },
      }),
      validateResource: (args, report) => {
        inputs.set(args.urn, args.props);
        if (rule.types.includes(args.type)) {
          const config = configure(args);
          tell(
            rule,
            config,
            attempt(() => rule.check(resourceOf(args), config)),
            args.urn,
            report,
            judgement,
          );
        }
      },
    };
  });
}

/** What the server tells every rule. */
type Configurable = Pick<ResourceValidationArgs, "getConfig">;

/** The lines after a rule's title: what was found, what it was judged by, how to mend it, which controls say the same. */
function details(rule: Rule, config: Configured, finding: Finding): string {
  const lines = [`found: ${finding.found}`];
  const judgedBy = Object.entries(configValues(rule.config ?? {}, config));
  if (judgedBy.length > 0) {
    lines.push(`judged by: ${judgedBy.map(([name, value]) => `${name} = ${JSON.stringify(value)}`).join(", ")}`);
  }
  lines.push(`to mend: ${rule.remedy}`);
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
  config: Configured,
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
      const first = finding.undecided === "price" ? UNPRICED : UNDECIDED;
      const message = `${first}: ${rule.title}\n${details(rule, config, finding)}`;
      (report as unknown as ReportAt)({ message, urn, enforcementLevel: "advisory" });
    } else {
      report(details(rule, config, finding), urn);
    }
  }
}

function isWaived(rule: Rule, urn: string, { waivers, today }: Judgement): boolean {
  return waivers.some((waiver) => waiverStatus(waiver, today) === "in force" && covers(waiver, rule.id, urn));
}
