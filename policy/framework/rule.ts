import { type ConfigProperties, type Configured, type ConfigValues, configValues } from "./config";
import type { Findings } from "./finding";
import type { Mend } from "./mend";
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
  /** What was found, as a message about a typical violation says it; tests hold it to a fixture. */
  readonly example: string;
  /** How to mend a violation. */
  readonly remedy: string;
  /** What a stack may set otherwise. @default nothing */
  readonly config?: ConfigProperties;
}

/** A rule that one resource, looked at alone, keeps or breaks. It sees the resource's inputs, before it is made. */
export interface ResourceRule<Id extends string = string> extends RuleFacts<Id> {
  readonly kind: "resource";
  /** Type tokens of the resources that it judges. */
  readonly types: readonly string[];
  /**
   * What it sets where the stack's configuration says `remediate`: only what AWS changes in place and no data is lost
   * by, since the rule does not know whether the resource exists already. @default nothing
   */
  readonly mends?: (resource: Resource) => Iterable<Mend>;
  /** Judges by what is configured, and by the defaults of the rest. */
  readonly check: (resource: Resource, configured?: Configured) => Findings;
}

/** A rule about how resources fit together. It sees the whole stack. */
export interface StackRule<Id extends string = string> extends RuleFacts<Id> {
  readonly kind: "stack";
  /** Judges by what is configured, and by the defaults of the rest. */
  readonly check: (stack: Stack, configured?: Configured) => Findings;
}

/** Any rule. */
export type Rule<Id extends string = string> = ResourceRule<Id> | StackRule<Id>;

/** A rule as its file declares it: its check is handed a value for each of its properties. */
type Declared<R extends Rule, Subject, P extends ConfigProperties> = Omit<R, "kind" | "config" | "check"> & {
  readonly config?: P;
  readonly check: (subject: Subject, config: ConfigValues<P>) => Findings;
};

/** Declares a {@link ResourceRule}. */
export function resourceRule<const Id extends string, const P extends ConfigProperties = Record<never, never>>(
  rule: Declared<ResourceRule<Id>, Resource, P>,
): ResourceRule<Id> {
  return { ...rule, kind: "resource", check: configurable(rule) };
}

/** Declares a {@link StackRule}. */
export function stackRule<const Id extends string, const P extends ConfigProperties = Record<never, never>>(
  rule: Declared<StackRule<Id>, Stack, P>,
): StackRule<Id> {
  return { ...rule, kind: "stack", check: configurable(rule) };
}

function configurable<Subject, P extends ConfigProperties>(
  rule: Pick<Declared<Rule, Subject, P>, "config" | "check">,
): (subject: Subject, configured?: Configured) => Findings {
  return (subject, configured = {}) => rule.check(subject, configValues(rule.config ?? ({} as P), configured));
}

/** How a rule is enforced where the stack's configuration says nothing. */
export function enforcement(rule: RuleFacts): "advisory" | "mandatory" {
  return rule.severity === "low" ? "advisory" : "mandatory";
}
