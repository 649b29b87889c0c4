import { colors } from "../command/colors";
import type { PropertyChange, ResourceChange } from "./change";
import type { Comparison, Row } from "./compare";
import type { Danger } from "./dangers";
import type { Effect } from "./disruptions";
import { shown } from "./format";
import { byComponent, counts, effectWords, typeName } from "./summary";
import { nameOf } from "./told";

type Section = readonly [title: string, lines: readonly string[]];

const MARKS: Readonly<Record<ResourceChange["kind"], string>> = {
  added: colors.green("+"),
  changed: colors.yellow("~"),
  replaced: colors.red("±"),
  renamed: colors.cyan("→"),
  deleted: colors.red("-"),
};

const paint: Readonly<Record<Effect, (text: string) => string>> = {
  replace: colors.red,
  reboot: colors.red,
  interrupt: colors.red,
  roll: colors.yellow,
  none: colors.dim,
};

/** What differs, as titled sections of a page of text: the title of the first sums it up. */
export function comparisonText(stack: string, comparison: Comparison): Section[] {
  const { ref, hash, how, notes, changes, settings, verdicts } = comparison;
  const title = `${stack} against ${ref} (${hash.slice(0, 8)}): ${counts(comparison)}`;
  const changed = byComponent(changes).flatMap(([component, list]) => [
    colors.cyan(component || "stack"),
    ...list.flatMap(changeText).map((line) => `  ${line}`),
  ]);
  const sections: Section[] = [
    [title, [how, ...notes].map(colors.dim)],
    ["Attention", comparison.dangers.flatMap(dangerText)],
    ["Settings", settings.map(rowText)],
    [
      "Changes",
      [
        ...changed,
        ...comparison.versions.map(({ provider, before, after }) => `provider ${provider} ${before} → ${after}`),
      ],
    ],
    [
      "Verdicts that changed",
      [
        ...verdicts.map(({ rule, urn, before, after }) => `${rule}  ${nameOf(urn)}: ${before} → ${after}`),
        ...comparison.rules.added.map((rule) => `${rule}: evaluated now`),
        ...comparison.rules.removed.map((rule) => `${rule}: no longer evaluated`),
        ...comparison.waivers.map(({ kind, waiver }) => `waiver of ${waiver.rule} for ${waiver.urnPattern}: ${kind}`),
      ],
    ],
  ];
  return sections.filter(([, lines], index) => index === 0 || lines.length > 0);
}

function dangerText({ level, names, what, wayOut }: Danger): string[] {
  const mark = level === "refused" ? colors.red("✖ refused") : colors.yellow("!");
  return [`${mark} ${colors.bold(names.join(", "))} ${what}`, ...(wayOut === undefined ? [] : [`    ${wayOut}`])];
}

function changeText(change: ResourceChange): string[] {
  const { kind, type, name, renamedFrom, properties, effect } = change;
  const former = renamedFrom === undefined ? "" : colors.dim(`  was ${nameOf(renamedFrom)}`);
  const words = effect === "none" ? "" : paint[effect](`  ${effectWords[effect]}`);
  return [
    `${MARKS[kind]} ${typeName(type)} ${name}${former}${words}`,
    ...properties.map((property) => `    ${propertyText(property)}`),
  ];
}

function propertyText({ path, before, after, effect, why }: PropertyChange): string {
  const same = shown(before) === shown(after);
  const values = same ? shown(after) : `${shown(before)} → ${shown(after)}`;
  const meaning = [effect === "none" ? undefined : effectWords[effect], why]
    .filter((part) => part !== undefined)
    .join(": ");
  return `${path.join(".")}  ${values}${meaning === "" ? "" : paint[effect](`  (${meaning})`)}`;
}

function rowText({ name, before, after }: Row): string {
  return `${name}  ${shown(before)} → ${shown(after)}`;
}
