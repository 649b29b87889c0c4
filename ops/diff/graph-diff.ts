import type { RecordedOptions, RecordedResource } from "../preview/graph";
import { UNKNOWN } from "../preview/values";
import { followReplacements } from "./cascade";
import type { GraphDiff, Pair, PropertyChange, ResourceChange } from "./change";
import { disruption, EFFECTS } from "./disruptions";
import { renames } from "./renames";
import { replaces } from "./replacements";
import type { Side } from "./side";
import { containsUnknown, isListed, nameOf, told } from "./told";
import { equal, type ValueChange, valueChanges } from "./value-diff";

/** Options of which a change means something; the order of registration and where a resource comes from do not. */
const OPTIONS: readonly (keyof RecordedOptions)[] = [
  "protect",
  "retainOnDelete",
  "deletedWith",
  "deleteBeforeReplace",
  "ignoreChanges",
  "replaceOnChanges",
  "customTimeouts",
  "import",
];

type ByUrn = ReadonlyMap<string, RecordedResource>;

/** Compares the resources of two sides, as the engine would compare the state that before left with the program after. */
export function diffGraphs(before: Side, after: Side): GraphDiff {
  const comparison = new Comparison(before, after);
  const pairs = comparison.pairs();
  followReplacements(pairs);
  return comparison.result(pairs);
}

class Comparison {
  private readonly before: ByUrn;
  private readonly after: ByUrn;
  private readonly renamed: ReadonlyMap<string, string>;
  /** A snapshot does not say where values come from. */
  private readonly hasReferences: boolean;

  constructor(
    private readonly beforeSide: Side,
    private readonly afterSide: Side,
  ) {
    this.before = byUrn(beforeSide.resources);
    this.after = byUrn(afterSide.resources);
    this.renamed = renames(this.before, this.after);
    this.hasReferences = [beforeSide, afterSide].every(({ settings }) => settings !== undefined);
  }

  /** The resources of both sides, each with how it differs by itself. */
  pairs(): Pair[] {
    return [...this.after.values()].flatMap((after) => {
      const before = this.before.get(this.renamed.get(after.urn) ?? after.urn);
      return before === undefined ? [] : [{ before, after, properties: this.properties(before, after) }];
    });
  }

  result(pairs: readonly Pair[]): GraphDiff {
    const olds = new Set(pairs.map(({ before }) => before.urn));
    const news = new Set(pairs.map(({ after }) => after.urn));
    const kept = pairs.flatMap((pair) => this.change(pair) ?? []);
    const added = [...this.after.values()].filter(({ urn }) => !news.has(urn));
    const deleted = [...this.before.values()].filter(({ urn }) => !olds.has(urn));
    const none = { properties: [], effect: "none" } as const;
    const changes: ResourceChange[] = [
      ...kept,
      ...added.map((after) => ({ ...this.about(after, this.after), kind: "added" as const, after, ...none })),
      ...deleted.map((before) => ({ ...this.about(before, this.before), kind: "deleted" as const, before, ...none })),
    ];
    changes.sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
    return { changes, unchanged: pairs.length - kept.length, versions: this.versions() };
  }

  private properties(old: RecordedResource, resource: RecordedResource): PropertyChange[] {
    const inputs = Object.keys({ ...old.inputs, ...resource.inputs }).sort();
    return [
      ...inputs.flatMap((input) => this.inputChanges(input, old, resource)),
      ...this.optionChanges(old, resource),
    ];
  }

  private inputChanges(input: string, old: RecordedResource, resource: RecordedResource): PropertyChange[] {
    const [before, after] = [old.inputs[input], resource.inputs[input]];
    const sources = { before: this.sources(old, input, this.before), after: this.sources(resource, input, this.after) };
    const secretsDiffer = (a: string, b: string) => {
      return this.secretsDiffer(old.urn, dotted(input, a), resource.urn, dotted(input, b));
    };
    const changes = valueChanges(before, after, secretsDiffer).map((change) => ({
      ...change,
      path: [input, ...change.path],
    }));
    const formerSources = sources.after.map((urn) => this.renamed.get(urn) ?? urn).sort();
    if (changes.length === 0 && this.hasReferences && containsUnknown(after) && !equal(sources.before, formerSources)) {
      changes.push({ path: [input], before: UNKNOWN, after: UNKNOWN });
    }
    return changes
      .filter(({ path }) => !isListed(resource.options.ignoreChanges, path))
      .map((change) => ({
        path: change.path,
        ...("before" in change ? { before: told(change.before, sources.before) } : {}),
        ...("after" in change ? { after: told(change.after, sources.after) } : {}),
        ...effectOf(change, old, resource),
      }));
  }

  private optionChanges(old: RecordedResource, resource: RecordedResource): PropertyChange[] {
    const differing = OPTIONS.filter(
      (option) => !equal(old.options[option] ?? false, resource.options[option] ?? false),
    );
    const changes: PropertyChange[] = differing.map((option) => {
      const [before, after] = [old.options[option], resource.options[option]];
      return { path: ["options", option], ...given("before", before), ...given("after", after), effect: "none" };
    });
    const [before, after] = [old.provider, resource.provider];
    if (this.hasReferences && after !== undefined && before !== (this.renamed.get(after) ?? after)) {
      changes.push({
        path: ["options", "provider"],
        ...given("before", before && nameOf(before)),
        after: nameOf(after),
        effect: "replace",
        why: "another provider is another account, region or cluster",
      });
    }
    return changes;
  }

  private change({ before, after, properties }: Pair): ResourceChange | undefined {
    const isRenamed = before.urn !== after.urn;
    if (properties.length === 0 && !isRenamed) return undefined;
    const effect = EFFECTS.find((candidate) => properties.some((change) => change.effect === candidate)) ?? "none";
    const kind = effect === "replace" ? "replaced" : properties.length > 0 ? "changed" : "renamed";
    const renamedFrom = isRenamed ? { renamedFrom: before.urn } : {};
    return { ...this.about(after, this.after), kind, before, after, ...renamedFrom, properties, effect };
  }

  private about({ urn, type, name, parent }: RecordedResource, side: ByUrn) {
    const components: string[] = [];
    for (let up = side.get(parent); up !== undefined; up = side.get(up.parent)) components.unshift(up.name);
    return { urn, type, name, components };
  }

  /** The resources that an input's value comes from, without the components that hand it on. */
  private sources({ propertyDependencies }: RecordedResource, input: string, side: ByUrn): string[] {
    return (propertyDependencies[input] ?? []).filter((urn) => side.get(urn)?.custom === true);
  }

  private secretsDiffer(beforeUrn: string, beforePath: string, afterUrn: string, afterPath: string): boolean {
    const [before, after] = [this.beforeSide.secrets, this.afterSide.secrets];
    if (before === undefined || after === undefined) return false;
    return before[beforeUrn]?.[beforePath] !== after[afterUrn]?.[afterPath];
  }

  private versions(): GraphDiff["versions"] {
    const [before, after] = [versionsOf(this.before.values()), versionsOf(this.after.values())];
    return [...before].flatMap(([provider, old]) => {
      const now = after.get(provider);
      return now === undefined || now === old ? [] : [{ provider, before: old, after: now }];
    });
  }
}

function effectOf(
  { path, before, after }: ValueChange,
  old: RecordedResource,
  resource: RecordedResource,
): Pick<PropertyChange, "effect" | "why"> {
  if (isListed(resource.options.replaceOnChanges, path)) {
    return { effect: "replace", why: "the program asks for it: replaceOnChanges" };
  }
  if (resource.custom && replaces(resource.type, path, before, after)) return { effect: "replace" };
  return disruption(resource.type, { path, before: old.inputs, after: resource.inputs }) ?? { effect: "none" };
}

function versionsOf(resources: Iterable<RecordedResource>): ReadonlyMap<string, string> {
  return new Map(
    [...resources].flatMap(({ type, options: { version } }) => {
      return version === undefined || type.startsWith("pulumi:") ? [] : [[type.split(":")[0] ?? "", version] as const];
    }),
  );
}

function byUrn(resources: readonly RecordedResource[]): ByUrn {
  return new Map(resources.map((resource) => [resource.urn, resource]));
}

function orderOf({ components, type, name }: ResourceChange): string {
  return [...components, " ", type, name].join("\0");
}

function dotted(input: string, path: string): string {
  return path === "" ? input : `${input}.${path}`;
}

function given<K extends string>(key: K, value: unknown): { readonly [k in K]?: unknown } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [k in K]?: unknown });
}
