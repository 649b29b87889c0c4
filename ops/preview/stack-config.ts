import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Document, isPair, isScalar, parseDocument, visit } from "yaml";
import { ConfigurationError } from "../command/errors";
import { SECRET } from "./values";

/** A stack's configuration as the engine hands it to the program. */
export interface StackConfig {
  /** The project's name. */
  readonly project: string;
  /** Values by fully qualified key; lists and objects as JSON. */
  readonly config: Readonly<Record<string, string>>;
  /** The keys whose values are encrypted. What they hold is not known here: the program reads `"[secret]"`. */
  readonly secretKeys: readonly string[];
  /**
   * What every key is set to, as it may be shown. Of an encrypted value, a digest of what the file has: encrypting it again
   * gives another.
   */
  readonly shown: Readonly<Record<string, string>>;
  /** Packages whose resources must name their provider. */
  readonly disabledDefaultProviders: readonly string[];
}

/** What a stack's file may have beside its configuration (Pulumi's `ProjectStack`); it ignores anything else. */
const STACK_SECTIONS = ["config", "environment", "secretsprovider", "encryptedkey", "encryptionsalt"];

type Yaml = Readonly<Record<string, unknown>>;

/**
 * Reads `Pulumi.yaml` (the keys' defaults) and `Pulumi.<stack>.yaml`.
 *
 * @param root the folder of both
 * @throws ConfigurationError when a file is missing or malformed, or the stack unknown
 */
export function readStackConfig(root: string, stack: string): StackConfig {
  const stacks = stackNames(root);
  if (!stacks.includes(stack)) {
    const known = stacks.length === 0 ? "there is none" : `there are: ${stacks.join(", ")}`;
    throw new ConfigurationError(`stack ${JSON.stringify(stack)}`, [`there is no Pulumi.<stack>.yaml of it; ${known}`]);
  }
  const project = readYaml(root, "Pulumi.yaml");
  const name = project.name;
  if (typeof name !== "string") throw new ConfigurationError("Pulumi.yaml", ["the project has no name"]);
  const file = `Pulumi.${stack}.yaml`;
  const content = readYaml(root, file);
  const misplaced = Object.keys(content).filter((key) => !STACK_SECTIONS.includes(key));
  if (misplaced.length > 0) {
    const allowed = STACK_SECTIONS.join(", ");
    throw new ConfigurationError(
      file,
      misplaced.map((key) => `${key}: found outside of config, where Pulumi ignores it; allowed: ${allowed}`),
    );
  }
  const values = {
    ...qualified(name, defaults(section(project, "config", "Pulumi.yaml")), "Pulumi.yaml"),
    ...qualified(name, section(content, "config", file), file),
  };
  const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, text(value)]));
  const disabled = values["pulumi:disable-default-providers"];
  const encrypted = Object.entries(values).flatMap(([key, value]) =>
    isSecret(value) ? [[key, value.secure] as const] : [],
  );
  return {
    project: name,
    config,
    secretKeys: encrypted.map(([key]) => key),
    shown: { ...config, ...Object.fromEntries(encrypted.map(([key, text]) => [key, digest(text)])) },
    disabledDefaultProviders: Array.isArray(disabled) ? disabled.map(String) : [],
  };
}

/** The stacks that have a configuration file, by name. */
export function stackNames(root: string): string[] {
  return readdirSync(root)
    .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
    .sort();
}

function readYaml(root: string, file: string): Yaml {
  const path = join(root, file);
  if (!existsSync(path)) throw new ConfigurationError(file, ["the file is missing"]);
  const document = parseDocument(readFileSync(path, "utf8"));
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line;
    const [message = "malformed"] = error.message.split(/ at line |:?\n/);
    throw new ConfigurationError(line === undefined ? file : `${file}:${line}`, [message]);
  }
  const problems = ambiguousNumbers(document);
  if (problems.length > 0) throw new ConfigurationError(file, problems);
  const content = plain(document, file) ?? {};
  if (!isObject(content)) throw new ConfigurationError(`${file}:1`, ["found something else than keys and values"]);
  return content;
}

/** The document's values; an alias without its anchor shows only here. */
function plain(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigurationError(file, [(error as Error).message]);
  }
}

/**
 * Numbers that are not what they look like: `1.30` is read as 1.3, `012` as 12 here and as octal by the engine.
 */
function ambiguousNumbers(document: Document): string[] {
  const problems: string[] = [];
  visit(document, {
    Scalar(position, { value, source = "" }, path) {
      if (position === "key" || typeof value !== "number" || source === String(value)) return;
      const key = path.findLast(isPair)?.key;
      const name = isScalar(key) ? `${key.value}: ` : "";
      problems.push(`${name}found ${source}, which YAML reads as ${value}; allowed: "${source}" as text, or ${value}`);
    },
  });
  return problems;
}

function section(content: Yaml, key: string, file: string): Yaml {
  const value = content[key] ?? {};
  if (!isObject(value)) throw new ConfigurationError(file, [`${key}: found something else than keys and values`]);
  return value;
}

/** The values that a project gives its keys: as `default`, as `value`, or directly. Keys without one are left out. */
function defaults(declared: Yaml): Yaml {
  const given = (declaration: unknown) =>
    isObject(declaration) ? (declaration.default ?? declaration.value) : declaration;
  return Object.fromEntries(
    Object.entries(declared)
      .map(([key, declaration]) => [key, given(declaration)] as const)
      .filter(([, value]) => value !== undefined),
  );
}

/** Keys without a namespace are the project's own. */
function qualified(project: string, values: Yaml, file: string): Yaml {
  const keys = Object.keys(values);
  const twice = keys.filter((key) => keys.includes(`${project}:${key}`));
  if (twice.length > 0) {
    throw new ConfigurationError(
      file,
      twice.map((key) => `${key}: found twice, also as ${project}:${key}; allowed: one of them`),
    );
  }
  return Object.fromEntries(keys.map((key) => [key.includes(":") ? key : `${project}:${key}`, values[key]]));
}

function text(value: unknown): string {
  if (isSecret(value)) return SECRET;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function digest(text: string): string {
  return `[secret ${createHash("sha256").update(text).digest("hex").slice(0, 8)}]`;
}

function isSecret(value: unknown): value is { readonly secure: string } {
  return isObject(value) && typeof value.secure === "string";
}

function isObject(value: unknown): value is Yaml {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
