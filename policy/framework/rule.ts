import type { Findings } from "./finding";
import type { Resource, Stack } from "./stack";

/** How bad a violation is. Low ones are advice; all others stop a deployment unless the stack's configuration says otherwise. */
export type Severity = "low" | "medium" | "high" | "critical";

/** What every rule states about itself. */
export interface RuleFacts<Id extends string = string> {
  /** Kebab-case name of the fact that holds. */
  readonly id: Id;
  /** What holds, one sentence without a full stop. First line of every message. */
  readonly title: string;
  readonly severity: Severity;
  /** Controls that say the same: AWS FSBP (`RDS.3`), checkov (`CKV_AWS_16`), kube-linter (`kube-linter:…`). @default none */
  readonly frameworks?: readonly string[];
  /** Why it holds: what goes wrong otherwise. */
  readonly reason: string;
  /** How to mend a violation. */
  readonly remedy: string;
}

/** A rule that one resource, looked at alone, keeps or breaks. It sees the resource's inputs, before it is made. */
export interface ResourceRule<Id extends string = string> extends RuleFacts<Id> {
  readonly kind: "resource";
  /** Type tokens of the resources that it judges. */
  readonly types: readonly string[];
  readonly check: (resource: Resource) => Findings;
}

/** A rule about how resources fit together. It sees the whole stack. */
export interface StackRule<Id extends string = string> extends RuleFacts<Id> {
  readonly kind: "stack";
  readonly check: (stack: Stack) => Findings;
}

/** Any rule. */
export type Rule<Id extends string = string> = ResourceRule<Id> | StackRule<Id>;

/** Declares a {@link ResourceRule}. */
export function resourceRule<const Id extends string>(rule: Omit<ResourceRule<Id>, "kind">): ResourceRule<Id> {
  return { kind: "resource", ...rule };
}

/** Declares a {@link StackRule}. */
export function stackRule<const Id extends string>(rule: Omit<StackRule<Id>, "kind">): StackRule<Id> {
  return { kind: "stack", ...rule };
}

/** How a rule is enforced where the stack's configuration says nothing. */
export function enforcement(rule: RuleFacts): "advisory" | "mandatory" {
  return rule.severity === "low" ? "advisory" : "mandatory";
}
