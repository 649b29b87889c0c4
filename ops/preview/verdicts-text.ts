import { UNDECIDED, UNPRICED } from "../../policy/framework/pack";
import { colors } from "../command/colors";
import type { Judgement } from "./judge";
import type { PackSummary, Violation } from "./policies";

/** What a message begins with whose rule could not look: in its own words, or in the policy server's. */
const UNDECIDED_WORDS = [UNDECIDED, UNPRICED, "can't run policy "];

/** Whether a rule could not look, since it does not know a value before the deployment, or a price. */
export function isUndecided({ message }: Violation): boolean {
  return UNDECIDED_WORDS.some((words) => message.startsWith(words));
}

/** Columns that a list of rules is wrapped at. */
const WIDTH = 110;

/** Per pack how many rules hold, and which; then what is violated, what is undecided, and what rules mended. */
export function verdictsText({ packs, violations, remediations }: Judgement): string[] {
  const broken = violations.filter((violation) => !isUndecided(violation));
  const undecided = violations.filter(isUndecided);
  return [
    ...packs.flatMap((pack) => packText(pack, broken, undecided)),
    ...broken.flatMap(violationText),
    ...undecided.map(({ rule, urn, message }) => {
      return colors.dim(`? ${rule}  ${shortName(urn)}: ${message.split("\n")[1] ?? message}`);
    }),
    ...remediations.map(({ rule, urn }) => `${colors.yellow("mended")} ${rule}  ${shortName(urn)}`),
  ];
}

function packText(pack: PackSummary, broken: readonly Violation[], undecided: readonly Violation[]): string[] {
  const rulesIn = (list: readonly Violation[]) => new Set(list.filter((v) => v.pack === pack.name).map((v) => v.rule));
  const violated = rulesIn(broken);
  const open = rulesIn(undecided);
  const held = pack.evaluated.filter((rule) => !violated.has(rule) && !open.has(rule));
  const undecidedOnly = [...open].filter((rule) => !violated.has(rule)).length;
  const disabled = pack.disabled.length === 0 ? "" : `; disabled: ${pack.disabled.join(", ")}`;
  return [
    `${pack.name} ${pack.version}: ${pack.evaluated.length} rules evaluated, ${held.length} hold, ` +
      `${violated.size} violated, ${undecidedOnly} undecided${disabled}`,
    ...wrapped(held).map((line) => colors.dim(`  ✔ ${line}`)),
  ];
}

function wrapped(words: readonly string[]): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)}, ${word}`;
    if (lines.length === 0 || longer.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function violationText({ pack, rule, severity, enforcement, urn, message }: Violation): string[] {
  const mark = enforcement === "mandatory" ? colors.red("✖ mandatory") : colors.yellow("! advisory");
  return [
    `${mark} ${colors.bold(rule)} (${severity}, ${pack})`,
    `    ${urn}`,
    ...message.split("\n").map((line) => `    ${line}`),
  ];
}

function shortName(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}
