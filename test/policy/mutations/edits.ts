import { CRON_JOB } from "../../../policy/framework/types";
import { fullName, type Given } from "../engine";

/** A change to each resource of a kind, made to one of them at a time. */
export interface Edit {
  /** In words: `backupRetentionPeriod = 3`. */
  readonly what: string;
  readonly on: (resource: Given) => boolean;
  /** The changed resource; undefined: it is gone. */
  readonly apply: (resource: Given) => Given | undefined;
}

/** Resources of a type, or of any of several. */
type Types = string | readonly string[];

const isOf =
  (types: Types, name: RegExp) =>
  (resource: Given): boolean =>
    [types].flat().includes(resource.type) && name.test(resource.name);

/** What an edit may be restricted to: resources whose names match. */
const ANY = /./;

/** Sets a property to each of some values in turn; undefined drops it. */
export function set(types: Types, path: string, values: readonly unknown[], name = ANY): Edit[] {
  return values.map((value) =>
    rewrite(types, path, value === undefined ? "dropped" : JSON.stringify(value), () => value, name),
  );
}

/** Drops each of some properties in turn. */
export const drop = (types: Types, paths: readonly string[], name = ANY): Edit[] =>
  paths.flatMap((path) => set(types, path, [undefined], name));

/** Replaces text in a property, be it a text or a document in JSON. */
export const replace = (types: Types, path: string, from: RegExp, to: string, name = ANY): Edit[] => [
  rewrite(
    types,
    path,
    `${from} → ${to}`,
    (value) => {
      const text = typeof value === "string" ? value : JSON.stringify(value);
      const changed = text.replace(from, to);
      if (changed === text) {
        throw new Error(`${path} has no ${from}: ${text}`);
      }
      return typeof value === "string" ? changed : (JSON.parse(changed) as unknown);
    },
    name,
  ),
];

/** Removes the resource. */
export const remove = (types: Types, name = ANY): Edit[] => [
  { what: "removed", on: isOf(types, name), apply: () => undefined },
];

/** Makes a property take its values from other resources, `type::name`. */
export const refer = (types: Types, property: string, to: readonly string[], name = ANY): Edit[] => [
  {
    what: `${property} ← ${to.join(", ") || "nothing"}`,
    on: isOf(types, name),
    apply: (resource) => ({ ...resource, refs: { ...resource.refs, [property]: to } }),
  },
];

/** Other options than properties. */
export const options = (types: Types, more: Partial<Pick<Given, "protect" | "ignoreChanges">>, name = ANY): Edit[] => [
  { what: JSON.stringify(more), on: isOf(types, name), apply: (resource) => ({ ...resource, ...more }) },
];

/** Each resource that an edit is about, with the stack in which that one is changed. */
export function* mutants(stack: readonly Given[], edit: Edit): Generator<{ what: string; mutant: readonly Given[] }> {
  for (const target of stack.filter(edit.on)) {
    const changed = edit.apply(target);
    yield {
      what: `${fullName(target)}: ${edit.what}`,
      mutant: stack.flatMap((resource) => (resource === target ? (changed ?? []) : resource)),
    };
  }
}

function rewrite(types: Types, path: string, how: string, change: (value: unknown) => unknown, name: RegExp): Edit {
  return {
    what: `${path} ${how}`,
    on: (resource) => isOf(types, name)(resource) && owner(resource.props, pathIn(resource, path)) !== undefined,
    apply: (resource) => {
      const props = structuredClone(resource.props);
      const found = owner(props, pathIn(resource, path));
      if (found !== undefined) {
        const [holder, key] = found;
        holder[key] = change(holder[key]);
      }
      return { ...resource, props };
    },
  };
}

/** A CronJob has the template of its pods inside that of its Jobs. */
const pathIn = ({ type }: Given, path: string): string =>
  type === CRON_JOB ? path.replace(/^spec\.template\b/, "spec.jobTemplate.spec.template") : path;

/**
 * The object, and the key in it, that a path leads to; undefined when the resource has no such object. Steps are separated
 * by dots; `[name=WORKERS]` is the list's element with that name, `[a.b/c]` a key with dots in it.
 */
function owner(props: Record<string, unknown>, path: string): [Record<string, unknown>, string] | undefined {
  const steps = (path.match(/\[[^\]]*\]|[^.[\]]+/g) ?? []).map((step) =>
    step.includes("=") ? step : step.replace(/[[\]]/g, ""),
  );
  let at: unknown = props;
  for (const step of steps.slice(0, -1)) {
    at = descend(at, step);
  }
  const last = steps.at(-1) ?? "";
  return typeof at === "object" && at !== null ? [at as Record<string, unknown>, last] : undefined;
}

function descend(at: unknown, step: string): unknown {
  const [, key, value] = /^\[(\w+)=(.*)\]$/.exec(step) ?? [];
  if (key !== undefined) {
    return Array.isArray(at) ? at.find((element: Record<string, unknown>) => element[key] === value) : undefined;
  }
  return typeof at === "object" && at !== null ? (at as Record<string, unknown>)[step] : undefined;
}
