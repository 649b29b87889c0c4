import type { PropertyChange, ResourceChange } from "./change";
import { shown } from "./format";
import { loosenings } from "./loosenings";
import { dataOf, type Loss } from "./stateful";

/** Something that a reviewer must not overlook. */
export interface Danger {
  /** `"refused"`: the preview fails over it. */
  readonly level: "refused" | "warning";
  /** The names of the resources that it is said of. */
  readonly names: readonly string[];
  readonly urns: readonly string[];
  /** What happens, and by what. */
  readonly what: string;
  /** Of what is refused: how to get on. */
  readonly wayOut?: string;
}

/** Loses data, interrupts, or lets in what was kept out: all that is worth a loud line, what is refused first. */
export function dangers(changes: readonly ResourceChange[]): Danger[] {
  const found = [
    ...changes.flatMap((change) => lossOf(change, changes) ?? []),
    ...changes.flatMap(interruptions),
    ...loosenings(changes).map(({ change, what }) => warning(change, what)),
  ];
  const refused = found.filter(({ level }) => level === "refused");
  return [...refused, ...merged(found.filter(({ level }) => level === "warning"))];
}

function lossOf(change: ResourceChange, all: readonly ResourceChange[]): Danger | undefined {
  const { kind, before, type } = change;
  if (before === undefined || (kind !== "deleted" && kind !== "replaced")) return undefined;
  const loss = dataOf(before);
  const isProtected = before.options.protect === true;
  if (loss === undefined && !isProtected) return undefined;

  const what = `would be ${kind}${reason(change)}`;
  if (isProtected) {
    return {
      ...about(change),
      level: "refused",
      what: `${what}, and is protected${lost(loss)}`,
      wayOut: `${stay(change, all)} ${go(loss)}`,
    };
  }
  if (loss?.keptBy !== undefined) return warning(change, `${what}: ${loss.what}; ${loss.keptBy}`);
  if (loss?.refused)
    return {
      ...about(change),
      level: "refused",
      what: `${what}${lost(loss)}`,
      wayOut: `${stay(change, all)} ${go(loss)}`,
    };
  return warning(change, `${what}${lost(loss)} (${type})`);
}

function lost(loss: Loss | undefined): string {
  return loss === undefined ? "" : `: ${loss.what}`;
}

function reason({ kind, properties }: ResourceChange): string {
  if (kind !== "replaced") return "";
  const causes = properties.filter(({ effect }) => effect === "replace").map((property) => inWords(property));
  return ` for ${causes.join(", ")}`;
}

function stay({ kind, name, type, components, properties }: ResourceChange, all: readonly ResourceChange[]): string {
  if (kind === "replaced") {
    const causes = properties.filter(({ effect }) => effect === "replace").map(({ path }) => path.join("."));
    return `To keep it: undo ${causes.join(", ")}.`;
  }
  const successor = all.find((other) => other.kind === "added" && other.type === type);
  const alias = (other: ResourceChange) => {
    const moved = other.components.join() !== components.join() ? ", and its former parent" : "";
    return `if ${other.name} is its new name, give that \`aliases: [{ name: "${name}" }]\`${moved}`;
  };
  return `To keep it: ${successor === undefined ? "leave it in the program" : alias(successor)}.`;
}

function go(loss: Loss | undefined): string {
  const first = ["`protect: false`", ...(loss?.keep === undefined ? [] : [loss.keep])].join(" and ");
  return `To let it go: deploy it with ${first} first, by itself; then this.`;
}

function interruptions(change: ResourceChange): Danger[] {
  return change.properties.flatMap((property) => {
    const { effect, why } = property;
    if (effect !== "reboot" && effect !== "interrupt") return [];
    const what = effect === "reboot" ? "would need a reboot" : "would be interrupted";
    return [warning(change, `${what}: ${inWords(property)}; ${why}`)];
  });
}

/** What is said of several resources alike is said once. */
function merged(all: readonly Danger[]): Danger[] {
  const byText = new Map<string, Danger>();
  for (const danger of all) {
    const same = byText.get(danger.what);
    const names = [...(same?.names ?? []), ...danger.names];
    byText.set(danger.what, { ...danger, names: [...new Set(names)], urns: [...(same?.urns ?? []), ...danger.urns] });
  }
  return [...byText.values()];
}

function warning(change: ResourceChange, what: string): Danger {
  return { ...about(change), level: "warning", what };
}

function about({ name, urn }: ResourceChange): Pick<Danger, "names" | "urns"> {
  return { names: [name], urns: [urn] };
}

function inWords({ path, before, after, why }: PropertyChange): string {
  const values = shown(before) === shown(after) ? (why ?? "") : `${shown(before)} → ${shown(after)}`;
  return `${path.join(".")} ${values}`;
}
