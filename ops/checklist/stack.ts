import { isDeepStrictEqual } from "node:util";
import type { packs } from "../../policy/packs";
import type { RecordedResource } from "../preview/graph";
import { UNKNOWN } from "../preview/values";
import { isUndecided } from "../preview/verdicts-text";
import type { Evidence, Look } from "./item";
import type { Subject } from "./subject";

/** Judges one resource. */
export type Judge = (resource: RecordedResource, subject: Subject) => readonly Evidence[];

type Rule = (typeof packs)[number]["rules"][number]["id"];

/** Looks at every resource of a type, or of any of several; without one of them it fails. */
export function each(types: string | readonly string[], judges: readonly Judge[], named = /./): Look {
  const wanted = [types].flat();
  return (subject) => {
    const found = subject.graph.resources.filter(({ type, name }) => wanted.includes(type) && named.test(name));
    if (found.length === 0) return [absent(wanted, named)];
    return found.flatMap((resource) => judges.flatMap((judge) => judge(resource, subject)));
  };
}

function absent([type = ""]: readonly string[], named: RegExp): Evidence {
  const name = named.source === "." ? "" : ` named ${named.source}`;
  return { source: "stack", status: "fail", subject: type, found: "none in the stack", expected: `one${name}` };
}

/** A property that is a value. */
export const equals = (path: string, expected: unknown | ((subject: Subject) => unknown)): Judge =>
  meets(
    path,
    (subject) => shown(settled(expected, subject)),
    (value, subject) => isDeepStrictEqual(value, settled(expected, subject)),
  );

/** A property that holds. */
export function meets(
  path: string,
  words: string | ((subject: Subject) => string),
  holds: (value: unknown, subject: Subject) => boolean,
): Judge {
  return (resource, subject) => {
    const value = valueAt(resource.inputs, path);
    const evidence = { source: "stack", subject: resource.name, property: lastOf(path), found: shown(value) } as const;
    if (value === UNKNOWN) {
      return [{ ...evidence, status: "not checked", found: "unknown until deployment", missing: "pulumi up" }];
    }
    if (holds(value, subject)) return [{ ...evidence, status: "pass" }];
    return [{ ...evidence, status: "fail", expected: typeof words === "string" ? words : words(subject) }];
  };
}

/** A property whose value comes from a resource of a type: a name or an address that only the deployment brings. */
export function comesFrom(property: string, type: string, named = /./): Judge {
  return ({ name, propertyDependencies }) => {
    const urns = propertyDependencies[property] ?? [];
    const source = urns.find((urn) => typeOf(urn) === type && named.test(nameOf(urn)));
    const evidence = { source: "stack", subject: name, property } as const;
    if (source !== undefined) return [{ ...evidence, status: "pass", found: `from ${nameOf(source)}` }];
    const which = named.source === "." ? "" : ` named ${named.source}`;
    return [{ ...evidence, status: "fail", found: `from no ${type}`, expected: `from one${which}` }];
  };
}

/** That a resource is made after another one. */
export function waitsFor(type: string): Judge {
  return ({ name, options }) => {
    const first = options.dependsOn.find((urn) => typeOf(urn) === type);
    const evidence = { source: "stack", subject: name, property: "dependsOn" } as const;
    if (first !== undefined) return [{ ...evidence, status: "pass", found: nameOf(first) }];
    return [{ ...evidence, status: "fail", found: `no ${type}`, expected: `made after a ${type}` }];
  };
}

/** Policies that hold, as `make preview` judges them. A violation counts here also where it is only advice. */
export function rules(...ids: readonly [Rule, ...Rule[]]): Look {
  return ({ judgement: { packs, violations } }) => {
    const said = violations.filter(({ rule }) => (ids as readonly string[]).includes(rule));
    const evidence = said.map((violation): Evidence => {
      const { rule, urn, message } = violation;
      const about = { source: "stack", subject: nameOf(urn), property: `policy ${rule}` } as const;
      const line = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(message)?.[1];
      const found = line("found") ?? message.split("\n", 1)[0] ?? "";
      if (isUndecided(violation)) {
        return { ...about, status: "not checked", found, missing: "make policy STATE=… after pulumi up" };
      }
      return { ...about, status: "fail", found, expected: line("to mend") ?? "the policy to hold" };
    });
    const evaluated = packs.flatMap((pack) => pack.evaluated);
    const off = ids.filter((id) => !evaluated.includes(id));
    const held = ids.filter((id) => !off.includes(id) && !said.some(({ rule }) => rule === id));
    return [
      ...held.map((id): Evidence => ({ source: "stack", status: "pass", subject: `policy ${id}`, found: "holds" })),
      ...evidence,
      ...off.map((id): Evidence => {
        const missing = "the rule, which policy/config/ disables";
        return { source: "stack", status: "not checked", subject: `policy ${id}`, found: "disabled", missing };
      }),
    ];
  };
}

/** The value at a path; `[name=WORKERS]` is the list's element of that name. */
export function valueAt(value: unknown, path: string): unknown {
  const steps = path.match(/\[[^\]]*\]|[^.[\]]+/g) ?? [];
  return steps.reduce<unknown>((at, step) => {
    const [, key, text] = /^\[(\w+)=(.*)\]$/.exec(step) ?? [];
    if (key !== undefined) return Array.isArray(at) ? at.find((element) => element?.[key] === text) : undefined;
    return typeof at === "object" && at !== null ? (at as Record<string, unknown>)[step] : undefined;
  }, value);
}

/** A value in an evidence: texts without quotes, all else as JSON. */
export const shown = (value: unknown): string =>
  value === undefined ? "not set" : typeof value === "string" ? value : JSON.stringify(value);

/** The end of a long path, which names the property well enough beside its resource: `WORKERS`, `parameters work_mem`. */
const lastOf = (path: string): string =>
  path
    .replace(/^spec\.template\.spec\.containers\.0\.(env)?/, "")
    .replace(/\[\w+=(.*?)\]/, " $1")
    .replace(/\.value$/, "")
    .trim();

const settled = (expected: unknown, subject: Subject): unknown =>
  typeof expected === "function" ? expected(subject) : expected;

/** The name of the resource that a URN is of. */
export const nameOf = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);

const typeOf = (urn: string): string => urn.split("::").at(-2)?.split("$").at(-1) ?? "";
