/**
 * The stack's configuration: every key, its type, its default and what it allows, in one table. A wrong value fails
 * before any resource is registered, and all wrong values are told at once.
 */
import * as pulumi from "@pulumi/pulumi";
import type { z } from "zod";
import { type Checked, crossFieldProblems } from "./settings/checks";
import { fields } from "./settings/fields";
import type { CapacityPlan } from "./sizing/capacity";
import { planCapacity } from "./sizing/plan";
import type { Problem } from "./sizing/problem";

type FieldValues = { readonly [K in keyof typeof fields]: z.output<(typeof fields)[K]["schema"]> };

/** The validated configuration of one stack; each property is the configuration key of the same name. */
export interface Settings extends FieldValues {
  /** Name of the Pulumi stack, e.g. `prod`. */
  readonly stack: string;
}

/** What a stack's configuration says, and the capacity that follows from it. */
export interface Configuration {
  readonly settings: Settings;
  readonly plan: CapacityPlan;
}

/**
 * Every problem of a stack's configuration at once. As a `RunError`, the engine prints its message without a stack trace.
 */
export class SettingsError extends pulumi.RunError {
  readonly problems: readonly Problem[];

  constructor(stack: string, problems: readonly Problem[]) {
    const lines = problems.map((p) => `  ${p.key}: found ${p.found}; allowed: ${p.allowed}`);
    const count = problems.length === 1 ? "1 setting is wrong" : `${problems.length} settings are wrong`;
    super(`Pulumi.${stack}.yaml: ${count}\n${lines.join("\n")}`);
    this.name = "SettingsError";
    this.problems = problems;
  }
}

/** A bucket's name may have 63 characters (components/private-bucket.ts), and RDS takes no double hyphen. */
const STACK_NAME = /^(?=.{1,19}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Validates a stack's raw configuration.
 *
 * @param stack name of the Pulumi stack
 * @param raw the configured values by key, without the project's prefix: text as Pulumi hands it over (lists as JSON)
 * @throws SettingsError naming every wrong key with what was found and what is allowed
 */
export function parseSettings(stack: string, raw: Readonly<Record<string, string>>): Configuration {
  const problems: Problem[] = Object.keys(raw)
    .filter((key) => !Object.hasOwn(fields, key))
    .sort()
    .map((key) => ({ key, found: "an unknown key", allowed: nearestKeys(key) }));

  if (!STACK_NAME.test(stack)) {
    problems.push({
      key: "stack name",
      found: stack,
      allowed:
        "1 to 19 lower-case letters, digits and single hyphens, beginning with a letter: AWS names are made from it",
    });
  }

  const checked: Checked = {};
  for (const [key, field] of Object.entries(fields)) {
    const text = raw[key];
    const result = field.schema.safeParse(text === "" ? undefined : text);
    if (result.success) {
      Object.assign(checked, { [key]: result.data });
    } else {
      problems.push({ key, found: text === undefined || text === "" ? "nothing" : text, allowed: field.allowed });
    }
  }
  problems.push(...crossFieldProblems(checked));
  if (problems.length > 0) {
    throw new SettingsError(stack, problems);
  }

  const settings: Settings = Object.freeze({ ...(checked as FieldValues), stack });
  const { plan, problems: capacityProblems } = planCapacity(settings);
  if (plan === undefined) {
    throw new SettingsError(stack, capacityProblems);
  }
  return { settings, plan };
}

/**
 * Reads and validates the configuration of the stack that is being deployed or previewed.
 *
 * @throws SettingsError see {@link parseSettings}
 */
export function loadSettings(): Configuration {
  const prefix = `${pulumi.getProject()}:`;
  const config = Object.entries(pulumi.runtime.allConfig());
  const own = config
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, value]) => [key.slice(prefix.length), value] as const);
  // `aws:region` or a misspelt project would be ignored, and the stack deployed somewhere else.
  const misplaced = config.filter(([key]) => !key.startsWith(prefix) && Object.hasOwn(fields, nameOf(key)));
  return parseSettings(pulumi.getStack(), Object.fromEntries([...own, ...misplaced]));
}

/** A configuration key without its namespace. */
const nameOf = (key: string): string => key.slice(key.indexOf(":") + 1);

/** The known keys that share the longest beginning with an unknown one: most unknown keys are misspelt. */
function nearestKeys(unknown: string): string {
  if (Object.hasOwn(fields, nameOf(unknown))) {
    return `${nameOf(unknown)}, as a key of this project`;
  }
  const shared = (key: string) => {
    let length = 0;
    while (length < key.length && key[length]?.toLowerCase() === unknown[length]?.toLowerCase()) {
      length++;
    }
    return length;
  };
  const keys = Object.keys(fields);
  const best = Math.max(...keys.map(shared));
  return best < 3 ? "a key that Pulumi.yaml declares" : `one of ${keys.filter((k) => shared(k) === best).join(", ")}`;
}
