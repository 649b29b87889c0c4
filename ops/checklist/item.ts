import type { Subject } from "./subject";

/** The guide's parts of the checklist, in its order and words: guide, Pre-Production Performance Checklist. */
export const SECTIONS = [
  "Database Performance",
  "Application Performance",
  "Infrastructure Performance",
  "Monitoring & Alerting",
] as const;

export type Section = (typeof SECTIONS)[number];

/** `not checked`: what it takes to look was not given, or could not be had. */
export type Status = "pass" | "fail" | "not checked";

/** Where evidence comes from: the stack as its program registers it, this repository, or something that runs. */
export type Source = "stack" | "code" | "service" | "metrics" | "database" | "cache" | "load test";

/** One thing that was looked at, or could not be. */
export interface Evidence {
  readonly source: Source;
  readonly status: Status;
  /** The resource, file, request or finding. */
  readonly subject: string;
  /** The property of it, where there is one. */
  readonly property?: string;
  /** The value that was found; of what was not checked, why. */
  readonly found: string;
  /** What it must be, where it is not. */
  readonly expected?: string;
  /** What to give or to do so that it can be checked. */
  readonly missing?: string;
}

/** Looks at one thing. It decides by what it sees alone: nothing says that an item holds. */
export type Look = (subject: Subject) => readonly Evidence[];

/** One item of the guide's checklist. */
export interface ChecklistItem {
  /** Kebab-case, unique. */
  readonly id: string;
  readonly section: Section;
  /** The guide's words. */
  readonly title: string;
  readonly looks: readonly Look[];
  /** What this source has to say must all be seen, whatever the stack is made for. @default any evidence will do */
  readonly decidedBy?: Source;
}

/** An item with what was found. The keys of `FORMAT=json`. */
export interface CheckedItem {
  readonly id: string;
  readonly section: Section;
  readonly title: string;
  readonly status: Status;
  readonly evidence: readonly Evidence[];
}

/** Looks at everything that an item is about. */
export function check(item: ChecklistItem, subject: Subject): CheckedItem {
  const evidence = item.looks.flatMap((look) => look(subject));
  const { id, section, title } = item;
  return { id, section, title, status: statusOf(evidence, item.decidedBy), evidence };
}

/** One fault fails an item; what was not looked at proves nothing either way, unless it decides. */
function statusOf(evidence: readonly Evidence[], decidedBy: Source | undefined): Status {
  if (evidence.some(({ status }) => status === "fail")) return "fail";
  const deciding = evidence.filter(({ source }) => source === decidedBy);
  const decided = deciding.every(({ status }) => status === "pass");
  return decided && evidence.some(({ status }) => status === "pass") ? "pass" : "not checked";
}
