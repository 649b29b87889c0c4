import type { Judgement, ListedWaiver } from "../preview/judge";
import type { Violation } from "../preview/policies";
import { isUndecided } from "../preview/verdicts-text";
import type { GraphDiff } from "./change";

/** What a rule says of a resource. */
export type Verdict = "holds" | "undecided" | "advisory" | "mandatory";

/** A verdict that is not as it was. */
export interface VerdictChange {
  readonly rule: string;
  /** The resource it is about. */
  readonly urn: string;
  readonly before: Verdict;
  readonly after: Verdict;
  /** What the rule says now; what it said, when it holds now. */
  readonly message: string;
}

/** A waiver that is not as it was. */
export interface WaiverChange {
  readonly kind: "added" | "removed" | "changed";
  readonly waiver: ListedWaiver;
}

type Judged = Pick<Judgement, "packs" | "violations" | "waivers">;

/** The verdicts that differ, each side's own rules on its own resources; renamed resources are the same. */
export function verdictChanges(before: Judged, after: Judged, { changes }: GraphDiff): VerdictChange[] {
  const renamed = new Map(
    changes.flatMap(({ urn, renamedFrom }) => (renamedFrom === undefined ? [] : [[renamedFrom, urn] as const])),
  );
  const [old, now] = [worstByKey(before.violations, renamed), worstByKey(after.violations, new Map())];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((key) => {
    const [was, is] = [old.get(key), now.get(key)];
    const [verdictBefore, verdictAfter] = [verdictOf(was), verdictOf(is)];
    const violation = is ?? was;
    if (verdictBefore === verdictAfter || violation === undefined) return [];
    const { rule, message } = violation;
    return [{ rule, urn: key.slice(key.indexOf(" ") + 1), before: verdictBefore, after: verdictAfter, message }];
  });
}

/** Rules that one side evaluates and the other does not: new, removed, switched on or off. */
export function ruleChanges(before: Judged, after: Judged): { readonly added: string[]; readonly removed: string[] } {
  const rules = ({ packs }: Judged) => packs.flatMap(({ evaluated }) => evaluated);
  const [old, now] = [rules(before), rules(after)];
  return { added: now.filter((rule) => !old.includes(rule)), removed: old.filter((rule) => !now.includes(rule)) };
}

function worstByKey(violations: readonly Violation[], renamed: ReadonlyMap<string, string>): Map<string, Violation> {
  const worst = new Map<string, Violation>();
  for (const violation of violations) {
    const key = `${violation.rule} ${renamed.get(violation.urn) ?? violation.urn}`;
    const known = worst.get(key);
    if (known === undefined || RANKS.indexOf(verdictOf(violation)) > RANKS.indexOf(verdictOf(known)))
      worst.set(key, violation);
  }
  return worst;
}

const RANKS: readonly Verdict[] = ["holds", "undecided", "advisory", "mandatory"];

function verdictOf(violation: Violation | undefined): Verdict {
  if (violation === undefined) return "holds";
  if (isUndecided(violation)) return "undecided";
  return violation.enforcement === "mandatory" ? "mandatory" : "advisory";
}

/** Waivers that one side has and the other has not, or has otherwise. */
export function waiverChanges(before: readonly ListedWaiver[], after: readonly ListedWaiver[]): WaiverChange[] {
  const key = ({ rule, urnPattern }: ListedWaiver) => `${rule} ${urnPattern}`;
  const [old, now] = [new Map(before.map((w) => [key(w), w])), new Map(after.map((w) => [key(w), w]))];
  const removed = before.filter((waiver) => !now.has(key(waiver)));
  return [
    ...after.flatMap((waiver): WaiverChange[] => {
      const former = old.get(key(waiver));
      if (former === undefined) return [{ kind: "added", waiver }];
      return JSON.stringify(former) === JSON.stringify(waiver) ? [] : [{ kind: "changed", waiver }];
    }),
    ...removed.map((waiver) => ({ kind: "removed" as const, waiver })),
  ];
}
