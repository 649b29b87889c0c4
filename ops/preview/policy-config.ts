import { existsSync, readFileSync } from "node:fs";
import type { JavaScriptValue } from "google-protobuf/google/protobuf/struct_pb";
import { z } from "zod";
import { allowedText, type PropertySchema } from "../../policy/framework/config";
import { ConfigurationError } from "../command/errors";

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

/** The property that every rule has beside its own. */
const LEVEL = "enforcementLevel";

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
      const where = isObject(value) ? `${rule}: ${LEVEL}` : rule;
      problems.push(`${where}: found ${JSON.stringify(level)}; allowed: ${LEVELS.join(", ")}`);
    }
    config.set(rule, { enforcement: level as Enforcement | undefined, properties });
  }
  if (problems.length > 0) throw new ConfigurationError(shown, problems);
  return config;
}

/** What may be configured of a rule, in JSON Schema. */
export interface RuleSchema {
  readonly name: string;
  readonly properties: Readonly<Record<string, PropertySchema>>;
  readonly required: readonly string[];
}

/**
 * The configuration with each rule's defaults, as the engine hands it to packs. Refuses what its rules do not know: a misspelt
 * name, be it of a rule or of its property, would leave the rule as it was.
 *
 * @param schemas those of all packs' rules
 * @throws ConfigurationError naming everything that is wrong
 */
export function withDefaults(config: PolicyConfig, schemas: readonly RuleSchema[], shown: string): PolicyConfig {
  const problems: string[] = [];
  const everyRule: RuleSchema = { name: ALL_RULES, properties: {}, required: [] };
  for (const rule of config.keys()) {
    if (![everyRule, ...schemas].some(({ name }) => name === rule)) {
      problems.push(`${rule}: no policy pack has a rule of this name`);
    }
  }
  const settled = new Map(config);
  for (const schema of [everyRule, ...schemas]) {
    const given = config.get(schema.name);
    const { properties, wrong } = judge(schema, given?.properties ?? {});
    problems.push(...wrong.map((what) => `${schema.name}: ${what}`));
    if (given !== undefined || Object.keys(properties).length > 0) {
      settled.set(schema.name, { enforcement: given?.enforcement, properties });
    }
  }
  if (problems.length > 0) throw new ConfigurationError(shown, problems);
  return settled;
}

function judge({ properties, required }: RuleSchema, given: RuleConfig["properties"]) {
  const schema = { type: "object", properties, required, additionalProperties: false } as z.core.JSONSchema.JSONSchema;
  const result = z.fromJSONSchema(schema).safeParse(given);
  if (result.success) return { properties: result.data as RuleConfig["properties"], wrong: [] };
  const wrong = result.error.issues.flatMap((issue) => {
    const [property = ""] = issue.path.map(String);
    if (property === "" && issue.code === "unrecognized_keys") {
      const allowed = [LEVEL, ...Object.keys(properties)].join(", ");
      return issue.keys.map((key) => `${key}: found an unknown property; allowed: ${allowed}`);
    }
    const found = JSON.stringify(given[property]) ?? "nothing";
    return `${property}: found ${found}; allowed: ${allowedText(properties[property] ?? {})}`;
  });
  return { properties: {}, wrong: [...new Set(wrong)] };
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
