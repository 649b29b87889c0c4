import type { SettingDifference } from "../../app/src/maintenance/settings.ts";
import type { Cell } from "../../bench/database/compare.ts";
import type { QueryCost } from "../../bench/database/measure-queries.ts";
import type { CheckedItem } from "../checklist/item";
import type { Loaded } from "./load";
import type { Plan } from "./plan";

/** All that a rehearsal found. */
export interface Result extends DatabaseResult {
  /** ISO 8601, when it began. */
  readonly date: string;
  /** CPUs and Node of this machine. */
  readonly machine: string;
  readonly plan: Plan;
  /** The service under load, with the stack's parameters. */
  readonly loaded: Loaded;
  /** The guide's checklist, of the stack and of what was rehearsed. */
  readonly checklist: readonly CheckedItem[];
}

/** What it found of the database. */
export interface DatabaseResult {
  readonly fill: { readonly seconds: number; readonly databaseBytes: number };
  /** Parameters that the server was found to have, and those that it has otherwise. */
  readonly parameters: { readonly inForce: number; readonly differences: readonly SettingDifference[] };
  /** The API's queries, with the guide's indexes and without. */
  readonly queries: readonly QueryCost[];
  /** The mixed load with the stack's parameters and with PostgreSQL's own, in turns. */
  readonly rounds: readonly (readonly Cell[])[];
}

/** Names of the sides. */
export const TUNED = "tuned";
export const DEFAULTS = "default";

/** A class of the mixed load on both sides: milliseconds in the server and pages, each the median of the rounds. */
export interface SideRow {
  readonly name: string;
  readonly tuned: SideCost;
  readonly defaults: SideCost;
  /** The default side's milliseconds by the tuned side's, within a round. */
  readonly ratio: { readonly median: number; readonly min: number; readonly max: number };
}

interface SideCost {
  readonly serverMs: number;
  readonly pages: number;
  readonly pagesRead: number;
}

/** One row for each class of the mixed load, and one for the server's CPU of all. */
export function sideRows({ rounds }: Result): SideRow[] {
  const pairs = rounds.flatMap((cells) => {
    const [tuned, defaults] = [TUNED, DEFAULTS].map((side) => cells.find((cell) => cell.side === side));
    return tuned && defaults ? [{ tuned, defaults }] : [];
  });
  const names = pairs[0]?.tuned.works.map(({ name }) => name) ?? [];
  return names.map((name) => {
    const found = pairs.flatMap(({ tuned, defaults }) => {
      const [a, b] = [tuned, defaults].map(({ works }) => works.find((work) => work.name === name));
      return a && b ? [{ tuned: a, defaults: b }] : [];
    });
    const cost = (side: "tuned" | "defaults"): SideCost => {
      const of = (figure: keyof SideCost) => middle(found.map((pair) => pair[side][figure]));
      return { serverMs: of("serverMs"), pages: of("pages"), pagesRead: of("pagesRead") };
    };
    const ratios = found.map((pair) => pair.defaults.serverMs / pair.tuned.serverMs);
    return {
      name,
      tuned: cost("tuned"),
      defaults: cost("defaults"),
      ratio: { median: middle(ratios), min: Math.min(...ratios), max: Math.max(...ratios) },
    };
  });
}

/** The median. */
export function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(at)] ?? Number.NaN) + (sorted[Math.ceil(at)] ?? Number.NaN)) / 2;
}

/** A query of the API with the guide's indexes, and as if there were none but those of keys. */
export interface IndexRow {
  readonly name: string;
  readonly ms: number;
  readonly msWithout: number;
  readonly pages: number;
  readonly pagesWithout: number;
}

export function indexRows({ queries }: Result): IndexRow[] {
  return queries.map(({ name, plans, bare }) => ({
    name,
    ms: plans.custom.ms,
    msWithout: bare.custom.ms,
    pages: plans.custom.buffers,
    pagesWithout: bare.custom.buffers,
  }));
}
