import { Undecided, type Value } from "./value";

/** Something a rule has to say about a resource. */
export interface Finding {
  /** What was found, one line. Never a secret's value. */
  readonly found: string;
  /** URN of the resource it concerns; the judged resource, or the stack, when absent. */
  readonly urn?: string;
  /** The rule could not decide: a value is unknown until deployment, or a price is not known at all. */
  readonly undecided?: "value" | "price";
}

/** What a check yields. */
export type Findings = Iterable<Finding>;

/** Names the resource that a finding concerns. */
interface Named {
  readonly urn: string;
}

/** One violation. */
export function found(what: string, on?: Named): Finding {
  return { found: what, urn: on?.urn };
}

/** Something that the rule can't judge for want of prices. */
export function unpriced(what: string, on?: Named): Finding {
  return { found: what, urn: on?.urn, undecided: "price" };
}

/**
 * Runs a part of a check. A value that is unknown in it makes that part undecided, says so, and leaves the rest of the
 * check alone: an unknown in one container doesn't hide what is wrong in the next. What the part says of no resource in
 * particular is said of the one given.
 */
export function* attempt(part: () => Findings, on?: Named): Generator<Finding> {
  try {
    for (const finding of part()) {
      yield { ...finding, urn: finding.urn ?? on?.urn };
    }
  } catch (error) {
    if (!(error instanceof Undecided)) {
      throw error;
    }
    yield { found: error.message, urn: on?.urn, undecided: "value" };
  }
}

/** {@link attempt} for each element. */
export function* each<T extends object | string>(items: Iterable<T>, part: (item: T) => Findings): Generator<Finding> {
  for (const item of items) {
    yield* attempt(() => part(item), isNamed(item) ? item : undefined);
  }
}

function isNamed(item: object | string): item is Named {
  return typeof item === "object" && "urn" in item && typeof item.urn === "string";
}

/** The value must satisfy a condition. */
export function must(value: Value, accepts: (value: Value) => boolean, found = String(value)): Generator<Finding> {
  return attempt(function* () {
    if (!accepts(value)) {
      yield { found };
    }
  });
}

/** The value must be exactly this. */
export function mustBe(value: Value, wanted: string | number | boolean): Generator<Finding> {
  return must(value, (v) => holds(v, wanted));
}

/** The value must be a number, this or more. */
export function mustReach(value: Value, least: number): Generator<Finding> {
  return must(value, (v) => (v.number() ?? Number.NEGATIVE_INFINITY) >= least);
}

/** The value must be given, if only as a reference that deployment resolves. */
export function mustBeSet(value: Value): Generator<Finding> {
  return must(value, (v) => v.isSet);
}

/** Whether the value is exactly this. */
export function holds(value: Value, wanted: string | number | boolean): boolean {
  return read(value, wanted) === wanted;
}

function read(value: Value, like: string | number | boolean): string | number | boolean | undefined {
  switch (typeof like) {
    case "string":
      return value.string();
    case "number":
      return value.number();
    case "boolean":
      return value.boolean();
  }
}
