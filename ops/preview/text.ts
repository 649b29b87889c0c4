import { colors } from "../command/colors";
import type { Comparison } from "../diff/compare";
import { comparisonText } from "../diff/text";
import { capacityText } from "./capacity-text";
import type { Judgement } from "./judge";
import type { Preview } from "./preview";
import { treeText } from "./tree";
import { isUndecided, verdictsText } from "./verdicts-text";

/**
 * The preview as a page of text: tree, capacity plan, verdicts, waivers, and one line that sums it up. Compared with another
 * commit, what differs stands in the place of the tree.
 */
export function previewText(preview: Preview, comparison?: Comparison): string {
  const former = new Map(comparison?.capacity.map(({ name, before }) => [name, before]));
  const sections = [
    ...(comparison === undefined
      ? [treeText(preview.stack, preview.graph)]
      : comparisonText(preview.stack, comparison).map(([title, lines]) => section(title, lines))),
    section("Capacity", capacityText(preview.capacity, preview.cost, former)),
    ...judgementSections(preview),
  ];
  return page(sections);
}

/** What the policies say, as a page of text: verdicts, waivers, and one line that sums them up. */
export function judgementText(judgement: Judgement): string {
  return page(judgementSections(judgement));
}

function judgementSections(judgement: Judgement): string[] {
  return [section("Policies", verdictsText(judgement)), section("Waivers", waiversText(judgement)), summary(judgement)];
}

function page(sections: readonly string[]): string {
  return `${sections.join("\n\n")}\n`;
}

function section(title: string, lines: readonly string[]): string {
  return [colors.bold(title), ...lines.map((line) => `  ${line}`)].join("\n");
}

function waiversText({ waivers }: Judgement): string[] {
  if (waivers.length === 0) return ["none"];
  return waivers.map(({ rule, urnPattern, reason, owner, expires, status }) => {
    return `${rule} for ${urnPattern}: ${reason} (${owner}, until ${expires}, ${status})`;
  });
}

function summary({ stack, resources, packs, violations }: Judgement): string {
  const rules = packs.reduce((sum, pack) => sum + pack.evaluated.length, 0);
  const count = (enforcement: string) =>
    violations.filter((v) => v.enforcement === enforcement && !isUndecided(v)).length;
  const mandatory = count("mandatory");
  const parts = [
    `${resources.length} resources`,
    `${rules} rules`,
    `${mandatory} mandatory violation${mandatory === 1 ? "" : "s"}`,
    `${count("advisory")} advisory`,
    `${violations.filter(isUndecided).length} undecided`,
  ];
  const verdict = mandatory > 0 ? colors.red("✖ violated") : colors.green("✔ holds");
  return `${verdict}  ${stack}: ${parts.join(", ")}`;
}
