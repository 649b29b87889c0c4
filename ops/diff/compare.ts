import { capacityRows } from "../preview/capacity-text";
import type { Preview } from "../preview/preview";
import type { Base } from "./against";
import type { GraphDiff } from "./change";
import { type Danger, dangers } from "./dangers";
import { diffGraphs } from "./graph-diff";
import type { Side } from "./side";
import { ruleChanges, type VerdictChange, verdictChanges, type WaiverChange, waiverChanges } from "./verdicts";

/** A line of a table that compares: what, before, after. */
export interface Row {
  readonly name: string;
  /** Absent: there was none. */
  readonly before?: string;
  /** Absent: there is none any more. */
  readonly after?: string;
}

/** A stack compared with what it is at another commit. */
export interface Comparison extends GraphDiff, Pick<Base, "ref" | "hash" | "how"> {
  /** What a reader has to know to understand the comparison. */
  readonly notes: readonly string[];
  readonly dangers: readonly Danger[];
  /** Settings that differ. */
  readonly settings: readonly Row[];
  /** The lines of the capacity plan that differ. */
  readonly capacity: readonly Row[];
  readonly verdicts: readonly VerdictChange[];
  /** Rules that are evaluated on one side only. */
  readonly rules: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly waivers: readonly WaiverChange[];
}

/** Compares a preview with the same stack at another commit. */
export function compare({ side: before, ...base }: Base, preview: Preview): Comparison {
  const { graph, capacity, settings, secrets, packs, violations, waivers } = preview;
  const after: Side = {
    resources: graph.resources,
    capacity,
    settings,
    secrets,
    judgement: { packs, violations, waivers },
  };
  const diff = diffGraphs(before, after);
  const { ref, hash, how, ahead = 0 } = base;
  return {
    ref,
    hash,
    how,
    notes: ahead === 0 ? [] : [behind(ref, ahead)],
    ...diff,
    dangers: dangers(diff.changes),
    settings: before.settings === undefined ? [] : differing(Object.entries(before.settings), Object.entries(settings)),
    capacity: capacityChanges(before, preview),
    verdicts: before.judgement === undefined ? [] : verdictChanges(before.judgement, preview, diff),
    rules: before.judgement === undefined ? { added: [], removed: [] } : ruleChanges(before.judgement, preview),
    waivers: before.judgement === undefined ? [] : waiverChanges(before.judgement.waivers, waivers),
  };
}

function behind(ref: string, ahead: number): string {
  const commits = `${ahead} commit${ahead === 1 ? "" : "s"}`;
  return `${ref} has ${commits} that this branch lacks, shown here as undone: rebase, or compare with AGAINST=$(git merge-base HEAD ${ref})`;
}

/** The lines of the plan that differ; what stacks cost is compared only where prices are known of both. */
function capacityChanges({ capacity, cost }: Side, preview: Preview): Row[] {
  if (capacity === undefined) return [];
  const isPriced = cost !== undefined && preview.cost !== undefined;
  return differing(
    capacityRows(capacity, isPriced ? cost : undefined),
    capacityRows(preview.capacity, isPriced ? preview.cost : undefined),
  );
}

type Entries = readonly (readonly [name: string, value: string])[];

function differing(before: Entries, after: Entries): Row[] {
  const [old, now] = [new Map(before), new Map(after)];
  return [...new Map([...before, ...after]).keys()]
    .filter((name) => old.get(name) !== now.get(name))
    .map((name) => {
      const [a, b] = [old.get(name), now.get(name)];
      return { name, ...(a === undefined ? {} : { before: a }), ...(b === undefined ? {} : { after: b }) };
    });
}
