import type { RecordedResource } from "../preview/graph";

type ByUrn = ReadonlyMap<string, RecordedResource>;

/**
 * Which resources of after are resources of before by another URN: the URN before, by the URN after. As the engine does, a
 * resource is known by its own aliases, and by those that its parent's give it.
 */
export function renames(before: ByUrn, after: ByUrn): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const taken = new Set<string>();
  for (const resource of after.values()) {
    if (before.has(resource.urn)) continue;
    const old = formerUrns(resource, after).find((urn) => before.has(urn) && !after.has(urn) && !taken.has(urn));
    if (old === undefined) continue;
    found.set(resource.urn, old);
    taken.add(old);
  }
  return found;
}

function formerUrns(resource: RecordedResource, after: ByUrn): string[] {
  const own = [resource.urn, ...(resource.options.aliases ?? [])];
  const parent = after.get(resource.parent);
  const inherited =
    parent === undefined
      ? []
      : formerUrns(parent, after).flatMap((old) => own.map((urn) => underParent(urn, parent, old)));
  return [...own.slice(1), ...inherited];
}

/** The URN that a child had under its parent's former URN: its name began with its parent's then, if it does now. */
function underParent(urn: string, parent: RecordedResource, formerParent: string): string {
  const { stack, project, type, name } = parts(urn);
  const former = parts(formerParent);
  const ownType = type.slice(type.lastIndexOf("$") + 1);
  const formerName = name.startsWith(parent.name) ? former.name + name.slice(parent.name.length) : name;
  return `urn:pulumi:${stack}::${project}::${former.type}$${ownType}::${formerName}`;
}

function parts(urn: string): Readonly<Record<"stack" | "project" | "type" | "name", string>> {
  const [, stack = "", project = "", type = "", name = ""] = /^urn:pulumi:(.*?)::(.*?)::(.*?)::(.*)$/.exec(urn) ?? [];
  return { stack, project, type, name };
}
