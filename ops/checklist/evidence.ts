import { type CheckedItem, type Evidence, SECTIONS } from "./item";
import { NOT_GIVEN } from "./look";

/** The items of each of the guide's parts, in its order. */
export const bySection = (items: readonly CheckedItem[]) =>
  SECTIONS.map((section) => ({ section, items: items.filter((item) => item.section === section) }));

/** Policies that hold are told in one line, so is one that is undecided of several resources, and what several looks found alike. */
export function merged(evidence: readonly Evidence[]): Evidence[] {
  const lines = new Map<string | undefined, Evidence[]>();
  for (const one of evidence) {
    const held = one.status === "pass" && one.subject.startsWith("policy ");
    const undecided = one.status === "not checked" && one.property?.startsWith("policy ");
    const line = held ? "policies that hold" : undecided ? one.property : evidenceText(one);
    lines.set(line, [...(lines.get(line) ?? []), one]);
  }
  return [...lines.values()].flatMap((all) => {
    const [first] = all;
    if (first === undefined || new Set(all.map(evidenceText)).size === 1) return first ?? [];
    const subjects = [...new Set(all.map(({ subject }) => subject))];
    if (first.status !== "pass") {
      return { ...first, subject: subjects.join(", "), found: "what it judges is unknown until deployment" };
    }
    const names = subjects.map((subject) => subject.slice("policy ".length));
    return { ...first, subject: `policies ${names.join(", ")}`, found: "hold" };
  });
}

/** `database-writer multiAz: false; must be: true`. What to give is told in full once, at the end. */
export function evidenceText({ subject, property, found, expected, missing }: Evidence): string {
  const about = property === undefined ? subject : `${subject}  ${property}`;
  if (found === NOT_GIVEN) return `${about}: needs ${missing?.split("=", 1)[0]}`;
  const must = expected === undefined ? "" : `; must be: ${expected}`;
  const needs = missing === undefined ? "" : `; needs ${missing}`;
  return `${about}: ${found}${must}${needs}`;
}

/** What to give so that more is checked, once each, with the items that it is for. */
export function missingOf(items: readonly CheckedItem[]): { missing: string; titles: readonly string[] }[] {
  const needs = new Map<string, Set<string>>();
  for (const { title, evidence } of items) {
    for (const { missing } of evidence) {
      if (missing !== undefined) needs.set(missing, (needs.get(missing) ?? new Set()).add(title));
    }
  }
  return [...needs].map(([missing, titles]) => ({ missing, titles: [...titles] }));
}
