/** Leave to break a rule, for some resources and for some time. */
export interface Waiver<Id extends string = string> {
  readonly rule: Id;
  /** URN of the resources it covers; `*` stands for any text. Stack and project must be literal. */
  readonly urnPattern: string;
  /** Why the rule may be broken there. */
  readonly reason: string;
  /** Who answers for it. */
  readonly owner: string;
  /** Last day on which it holds, `YYYY-MM-DD`. */
  readonly expires: string;
}

/** Whether a waiver covers anything on a given day. */
export type WaiverStatus = "in force" | "expired";

/** A waiver that is malformed, told with what is allowed. */
export class WaiverError extends Error {
  override readonly name = "WaiverError";
}

/**
 * Declares a {@link Waiver}.
 *
 * @throws WaiverError when it is malformed
 */
export function waiver<Id extends string>(
  rule: Id,
  urnPattern: string,
  facts: Pick<Waiver, "reason" | "owner" | "expires">,
): Waiver<Id> {
  const problem = (what: string) => new WaiverError(`policy/waivers.ts: waiver of ${rule} for ${urnPattern}: ${what}`);
  const [urn, , type] = urnPattern.split("::");
  if (type === undefined || !urn?.startsWith("urn:pulumi:") || scope(urnPattern).includes("*")) {
    throw problem("the pattern must begin with urn:pulumi:<stack>::<project>::, both written out");
  }
  if (facts.reason.trim() === "" || facts.owner.trim() === "") {
    throw problem("a reason and an owner are required");
  }
  if (!isDate(facts.expires)) {
    throw problem(`expires is ${JSON.stringify(facts.expires)}, not a date as YYYY-MM-DD`);
  }
  return { rule, urnPattern, ...facts };
}

/** Status of a waiver on a day (in UTC). */
export function waiverStatus(waiver: Waiver, today: Date): WaiverStatus {
  return today.toISOString().slice(0, 10) > waiver.expires ? "expired" : "in force";
}

/** Whether a waiver covers the breaking of a rule by a resource, be it in force or not. */
export function covers(waiver: Waiver, rule: string, urn: string): boolean {
  return waiver.rule === rule && glob(waiver.urnPattern).test(urn);
}

/** Whether a waiver speaks of the stack that a resource belongs to. */
export function concerns(waiver: Waiver, urn: string): boolean {
  return scope(waiver.urnPattern) === scope(urn);
}

/** Stack and project: the first two parts of a URN. */
function scope(urn: string): string {
  return urn.split("::", 2).join("::");
}

function glob(pattern: string): RegExp {
  const literal = pattern.split("*").map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`);
}

function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) && text.length === 10;
}
