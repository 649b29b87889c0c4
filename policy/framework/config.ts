import type { PolicyConfigSchema } from "@pulumi/policy";

/** What JSON Schema says of one property. */
export type PropertySchema = PolicyConfigSchema["properties"][string];

/** A number of a rule that a stack may set otherwise. In JSON Schema's words, as the engine checks them. */
export interface NumberProperty {
  readonly type: "integer" | "number";
  /** What it means, with its unit. */
  readonly description: string;
  readonly default: number;
  readonly minimum: number;
  readonly maximum?: number;
}

/** Words of a rule that a stack may set otherwise. */
export interface WordsProperty {
  readonly type: "array";
  readonly items: { readonly type: "string"; readonly minLength: 1 };
  readonly minItems: 1;
  /** What they mean. */
  readonly description: string;
  readonly default: readonly string[];
}

/** What may be configured of a rule, by name. */
export type ConfigProperties = Readonly<Record<string, NumberProperty | WordsProperty>>;

/** The values that a rule judges by: those of its properties. */
export type ConfigValues<P extends ConfigProperties> = {
  readonly [K in keyof P]: P[K] extends WordsProperty ? readonly string[] : number;
};

/** What a stack's configuration says of one rule; the engine has checked it against the rule's schema. */
export type Configured = Readonly<Record<string, unknown>>;

/** The configured values, and the default of each property about which the configuration is silent. */
export function configValues<P extends ConfigProperties>(properties: P, configured: Configured): ConfigValues<P> {
  const values = Object.entries(properties).map(([name, property]) => [name, configured[name] ?? property.default]);
  return Object.fromEntries(values) as ConfigValues<P>;
}

/** A rule's properties as the policy server takes them; none where there are none. */
export function configSchema(properties: ConfigProperties = {}): PolicyConfigSchema | undefined {
  return Object.keys(properties).length === 0
    ? undefined
    : { properties: structuredClone(properties) as Record<string, PropertySchema> };
}

/** In words, what a schema allows: `an integer, 1 to 35`; as it is, where there are no words for it. */
export function allowedText({ description, default: _, ...schema }: PropertySchema): string {
  const { type, minimum, maximum, items, minItems, ...more } = schema;
  if (Object.keys(more).length === 0 && (type === "integer" || type === "number")) {
    const kind = type === "integer" ? "an integer" : "a number";
    const range = [minimum, maximum].filter((bound) => bound !== undefined).join(" to ");
    return range === "" ? kind : maximum === undefined ? `${kind}, ${range} or more` : `${kind}, ${range}`;
  }
  if (Object.keys(more).length === 0 && type === "array" && isText(items)) {
    return minItems === undefined ? "a list of texts" : `a list of ${minItems} or more texts`;
  }
  return JSON.stringify(schema);
}

const isText = (items: PropertySchema["items"]): boolean =>
  typeof items === "object" && !Array.isArray(items) && items.type === "string";
