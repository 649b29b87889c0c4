import type { RecordedResource } from "../preview/graph";
import { UNKNOWN } from "../preview/values";
import type { Pair, PropertyChange } from "./change";
import { disruption, EFFECTS, moves } from "./disruptions";
import { replaces } from "./replacements";
import { isListed, nameOf, told, unknownPaths } from "./told";

/**
 * A replaced resource has another identity, and some resources give others something new with each change: adds to what
 * takes their outputs that it changes too, and may have to be replaced itself, until nothing more follows.
 */
export function followReplacements(pairs: readonly Pair[]): void {
  for (let known = ""; ; ) {
    const replaced = new Set(pairs.filter(isReplaced).map(({ after }) => after.urn));
    const moved = pairs.filter((pair) => pair.properties.length > 0 && !replaced.has(pair.after.urn));
    const changed = new Map(moved.map(({ after }) => [after.urn, after]));
    const now = `${replaced.size} ${changed.size}`;
    if (now === known) return;
    known = now;
    for (const pair of pairs) {
      if (!pair.after.custom) continue;
      for (const change of following(pair.after, replaced, changed)) {
        const isKnown = pair.properties.some(
          ({ path }) => path[0] === change.path[0] && (path[0] !== "options" || path[1] === change.path[1]),
        );
        if (!isKnown) pair.properties.push(change);
      }
    }
  }
}

function isReplaced({ properties }: Pair): boolean {
  return properties.some(({ effect }) => effect === "replace");
}

function following(
  resource: RecordedResource,
  replaced: ReadonlySet<string>,
  changed: ReadonlyMap<string, RecordedResource>,
): PropertyChange[] {
  const { type, inputs, propertyDependencies, options, provider } = resource;
  const changes: PropertyChange[] = [];
  for (const [input, value] of Object.entries(inputs)) {
    if (isListed(options.ignoreChanges, [input])) continue;
    for (const urn of propertyDependencies[input] ?? []) {
      const source = changed.get(urn);
      if (!replaced.has(urn) && source === undefined) continue;
      const because = `${nameOf(urn)} ${source === undefined ? "is replaced" : "changes"}`;
      const paths = unknownPaths(value, [input]).filter((path) => source === undefined || moves(source.type, path));
      const found = paths.map((path) => follow(resource, path, urn, because, source === undefined));
      // Which of an input's values come from which of its sources is not known: the worst is said, once.
      const worst = EFFECTS.map((effect) => found.find((change) => change.effect === effect)).find(
        (change) => change !== undefined,
      );
      if (worst !== undefined) changes.push(worst);
    }
  }
  const cause = [provider, ...(options.replaceWith ?? [])].find((urn) => urn !== undefined && replaced.has(urn));
  if (cause !== undefined) {
    const name = nameOf(cause);
    const path = ["options", cause === provider ? "provider" : "replaceWith"];
    changes.push({ path, before: name, after: name, effect: "replace", why: `${name} is replaced` });
  }
  // The provider of a cluster that is another one has none of the objects of the old.
  return type === "pulumi:providers:kubernetes" ? changes.map((change) => ({ ...change, effect: "replace" })) : changes;
}

function follow(
  { type, inputs }: RecordedResource,
  path: readonly string[],
  source: string,
  because: string,
  isReplaced: boolean,
): PropertyChange {
  const value = told(UNKNOWN, [source]);
  const change = { path, before: value, after: value };
  if (isReplaced && replaces(type, path, UNKNOWN, UNKNOWN)) return { ...change, effect: "replace", why: because };
  const disrupts = disruption(type, { path, before: inputs, after: inputs });
  if (disrupts === undefined) return { ...change, effect: "none", why: because };
  return { ...change, effect: disrupts.effect, why: `${because}: ${disrupts.why}` };
}
