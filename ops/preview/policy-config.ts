import { existsSync, readFileSync } from "node:fs";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { ConfigurationError } from "./errors";

/** How a rule is enforced. `remediate`: the rule mends what it can, and is mandatory for the rest. */
export type Enforcement = "advisory" | "mandatory" | "remediate" | "disabled";

/** What the configuration says of one rule. */
export interface RuleConfig {
  readonly enforcement?: Enforcement;
  readonly properties: Record<string, JavaScriptValue>;
}

/** What a stack's policy configuration says of its rules; the name `all` stands for every rule. */
export type PolicyConfig = ReadonlyMap<string, RuleConfig>;

const LEVELS: readonly unknown[] = ["advisory", "mandatory", "remediate", "disabled"] satisfies Enforcement[];

/** The name that configures every rule at once. */
export const ALL_RULES = "all";

/**
 * Reads the file that `pulumi preview --policy-pack-config` takes: an object from rule names to an enforcement level,
 * or to an object with an `enforcementLevel` and the rule's own properties. No file: each rule keeps its own level.
 *
 * @param path absolute path of the file
 * @param shown how messages name it
 * @throws ConfigurationError naming everything that is malformed
 */
export function readPolicyConfig(path: string, shown: string): PolicyConfig {
  if (!existsSync(path)) return new Map();
  const content = parse(readFileSync(path, "utf8"), shown);
  const problems: string[] = [];
  const config = new Map<string, RuleConfig>();
  for (const [rule, value] of Object.entries(content)) {
    const { enforcementLevel: level, ...properties } = isObject(value) ? value : { enforcementLevel: value };
    if (level !== undefined && !LEVELS.includes(level)) {
      problems.push(`${rule}: found ${JSON.stringify(level)}; allowed: ${LEVELS.join(", ")}`);
    }
    config.set(rule, { enforcement: level as Enforcement | undefined, properties });
  }
  if (problems.length > 0) throw new ConfigurationError(shown, problems);
  return config;
}

/**
 * Refuses configuration of rules that no pack has: a misspelt name would leave its rule as it was.
 *
 * @param rules the names of all packs' rules
 * @throws ConfigurationError naming each unknown rule
 */
export function refuseUnknownRules(config: PolicyConfig, rules: readonly string[], shown: string): void {
  const unknown = [...config.keys()].filter((rule) => rule !== ALL_RULES && !rules.includes(rule));
  if (unknown.length === 0) return;
  throw new ConfigurationError(
    shown,
    unknown.map((rule) => `${rule}: no policy pack has a rule of this name`),
  );
}

function parse(text: string, shown: string): Record<string, JavaScriptValue> {
  let content: JavaScriptValue;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new ConfigurationError(shown, [`not JSON: ${(error as Error).message}`]);
  }
  if (isObject(content)) return content;
  throw new ConfigurationError(shown, ["found something else than an object of rules"]);
}

function isObject(value: unknown): value is Record<string, JavaScriptValue> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
