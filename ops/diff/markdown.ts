import { capacityRows } from "../preview/capacity-text";
import type { Preview } from "../preview/preview";
import { isUndecided } from "../preview/verdicts-text";
import type { PropertyChange, ResourceChange } from "./change";
import { comment, type Fold, tableOf } from "./comment";
import type { Comparison, Row } from "./compare";
import { code, escaped, sentence } from "./escape";
import { shown } from "./format";
import { byComponent, counts, effectWords, typeName } from "./summary";
import { nameOf } from "./told";

/** Loud lines of one kind that are written; the rest is counted. */
const LOUD_MAX = 20;

const MARKS: Readonly<Record<ResourceChange["kind"], string>> = {
  added: "🟢",
  changed: "🟡",
  replaced: "🔴",
  renamed: "🔵",
  deleted: "⚫",
};

/** What a workflow finds the comment of a stack by, to update it instead of writing another. */
export function marker(stack: string): string {
  return `<!-- preview of ${stack} -->`;
}

/**
 * The preview as a comment on a pull request, in GitHub's Markdown: the verdict and the loud lines open, all else folded.
 * What does not fit is left out, and said to be. Nothing that the pull request wrote is taken for markup.
 */
export function previewMarkdown(preview: Preview, comparison?: Comparison): string {
  const { stack } = preview;
  const head = [marker(stack), headline(preview, comparison), ...loudLines(comparison)];
  const folds = [
    ...findings(preview),
    ...(comparison === undefined ? [capacity(preview)] : [...changes(comparison), ...compared(comparison)]),
    ...waivers(preview),
  ];
  const against = comparison === undefined ? "" : ` AGAINST=${comparison.ref}`;
  return comment(
    head,
    folds,
    comparison === undefined ? [] : [how(comparison)],
    `make preview STACK=${stack}${against}`,
  );
}

function headline({ stack, graph, violations }: Preview, comparison: Comparison | undefined): string {
  const mandatory = violations.filter(({ enforcement }) => enforcement === "mandatory").length;
  const refused = comparison?.dangers.filter(({ level }) => level === "refused").length ?? 0;
  const title = `${mandatory + refused === 0 ? "✅" : "❌"} Preview of ${code(stack)}`;
  const facts = [
    comparison === undefined ? `${graph.resources.length} resources` : counts(comparison),
    mandatory === 0
      ? "mandatory policies hold"
      : `**${mandatory} mandatory policy violation${mandatory === 1 ? "" : "s"}**`,
    ...(refused === 0 ? [] : [`**${refused} refused**`]),
  ];
  return `### ${title}${comparison === undefined ? "" : ` against ${code(comparison.ref)}`}\n\n${facts.join(" · ")}`;
}

function loudLines(comparison: Comparison | undefined): string[] {
  const alert = (kind: string, level: "refused" | "warning") => {
    const of = comparison?.dangers.filter((danger) => danger.level === level) ?? [];
    const more = of.length > LOUD_MAX ? [`… and ${of.length - LOUD_MAX} more`] : [];
    const lines = of.slice(0, LOUD_MAX).map(({ names, what, wayOut }) => {
      const refusal = level === "refused" ? "Refused: " : "";
      return `${refusal}${code(names.join(", "), 200)} ${sentence(what)}${wayOut === undefined ? "" : `<br>${sentence(wayOut)}`}`;
    });
    return of.length === 0 ? [] : [[`> [!${kind}]`, ...[...lines, ...more].map((line) => `> - ${line}`)].join("\n")];
  };
  return [...alert("CAUTION", "refused"), ...alert("WARNING", "warning")];
}

function findings({ violations }: Preview): Fold[] {
  const broken = violations.filter((violation) => !isUndecided(violation));
  if (broken.length === 0) return [];
  const rows = broken.map(({ rule, enforcement, urn, message }) => {
    const lines = message.split("\n").map((line) => escaped(line, 300));
    return [code(rule), enforcement, code(nameOf(urn)), lines.join("<br>")];
  });
  const title = `Policy findings: ${broken.length}`;
  return [{ title, open: true, blocks: [tableOf(["rule", "enforcement", "resource", "finding"], rows)] }];
}

function changes({ changes: all, versions }: Comparison): Fold[] {
  const rows = versions.map(({ provider, before, after }) => [code(provider), code(before), code(after)]);
  return [
    ...byComponent(all).map(([component, list]) => ({
      title: `${code(component || "stack")} ${counts({ changes: list })}`,
      blocks: list.map(changeText),
    })),
    ...(rows.length === 0 ? [] : [{ title: "Providers", blocks: [tableOf(["provider", "before", "after"], rows)] }]),
  ];
}

function changeText({ kind, type, name, renamedFrom, properties, effect }: ResourceChange): string {
  const former = renamedFrom === undefined ? "" : `, was ${code(nameOf(renamedFrom))}`;
  const words = effect === "none" || effect === "replace" ? "" : ` · **${effectWords[effect]}**`;
  const title = `${MARKS[kind]} ${kind} ${code(typeName(type))} ${code(name)}${former}${words}`;
  if (properties.length === 0) return title;
  return `${title}\n\n${tableOf(["property", "before", "after", "effect"], properties.map(propertyRow))}`;
}

function propertyRow({ path, before, after, effect, why }: PropertyChange): string[] {
  const words = [effect === "none" ? "" : `**${effectWords[effect]}**`, why === undefined ? "" : sentence(why)];
  return [
    code(path.join(".")),
    code(shown(before)),
    code(shown(after)),
    words.filter((word) => word !== "").join(": "),
  ];
}

function compared({ settings, capacity: plan, verdicts, rules, waivers: changed }: Comparison): Fold[] {
  const fold = (title: string, list: readonly Row[]): Fold[] => {
    const cells = list.map(({ name, before, after }) => [
      code(name),
      code(before ?? "—", 400),
      code(after ?? "—", 400),
    ]);
    return list.length === 0 ? [] : [{ title, blocks: [tableOf(["", "before", "after"], cells)] }];
  };
  const judged = [
    ...verdicts.map(({ rule, urn, before, after, message }) => {
      const found = message.split("\n").find((line) => line.startsWith("found: ")) ?? message;
      return [code(rule), code(nameOf(urn)), `${before} → **${after}**`, escaped(found, 300)];
    }),
    ...rules.added.map((rule) => [code(rule), "", "evaluated now", ""]),
    ...rules.removed.map((rule) => [code(rule), "", "**no longer evaluated**", ""]),
    ...changed.map(({ kind, waiver }) => [
      code(waiver.rule),
      code(waiver.urnPattern),
      `waiver ${kind}`,
      code(waiver.reason),
    ]),
  ];
  return [
    ...fold("Settings", settings),
    ...fold("Capacity", plan),
    ...(judged.length === 0
      ? []
      : [{ title: "Verdicts that changed", blocks: [tableOf(["rule", "resource", "verdict", "finding"], judged)] }]),
  ];
}

function capacity({ capacity: plan, cost }: Preview): Fold {
  const rows = capacityRows(plan, cost).map(([name, value]) => [code(name), code(value, 400)]);
  return { title: "Capacity", blocks: [tableOf(["", ""], rows)] };
}

function waivers({ waivers: all }: Preview): Fold[] {
  const rows = all.map(({ rule, urnPattern, reason, owner, expires, status }) => {
    return [code(rule), code(urnPattern), code(reason, 300), code(owner), `${expires}, ${status}`];
  });
  return rows.length === 0
    ? []
    : [
        {
          title: `Waivers: ${rows.length}`,
          blocks: [tableOf(["rule", "resources", "reason", "owner", "until"], rows)],
        },
      ];
}

function how({ how: way, hash, notes }: Comparison): string {
  return `<sub>${[`Compared with ${code(hash.slice(0, 8))}: ${sentence(way)}.`, ...notes.map((note) => sentence(note))].join("<br>")}</sub>`;
}
