import type { ResourceChange } from "./change";
import type { Comparison } from "./compare";
import type { Effect } from "./disruptions";

/** What a change does, in a word or two. */
export const effectWords: Readonly<Record<Effect, string>> = {
  replace: "replaced",
  reboot: "reboot",
  interrupt: "interruption",
  roll: "rolled",
  none: "in place",
};

const KINDS: readonly ResourceChange["kind"][] = ["added", "changed", "replaced", "renamed", "deleted"];

/** How many resources changed in which way: `2 added, 1 replaced, 286 unchanged`. */
export function counts({
  changes,
  unchanged,
}: Pick<Comparison, "changes"> & Partial<Pick<Comparison, "unchanged">>): string {
  const told = KINDS.flatMap((kind) => {
    const count = changes.filter((change) => change.kind === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  return [...told, ...(unchanged === undefined ? [] : [`${unchanged} unchanged`])].join(", ");
}

/** Changes by the component that they are in, outermost only; those of the stack itself under the empty name. */
export function byComponent(changes: readonly ResourceChange[]): [string, ResourceChange[]][] {
  const groups = new Map<string, ResourceChange[]>();
  for (const change of changes) {
    // A component stands with its own parts.
    const component = change.components[0] ?? ((change.after ?? change.before)?.custom === false ? change.name : "");
    groups.set(component, [...(groups.get(component) ?? []), change]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** `aws:ec2/vpc:Vpc` → `Vpc`; providers keep that they are one. */
export function typeName(type: string): string {
  const name = type.slice(type.lastIndexOf(":") + 1);
  return type.startsWith("pulumi:providers:") ? `${name} provider` : name;
}
