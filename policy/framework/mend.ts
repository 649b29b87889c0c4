import { holds } from "./finding";
import { Undecided, Value } from "./value";

/** A property, by its path, and the value that a rule gives it. */
export type Mend = readonly [path: string, value: string | number | boolean];

/** The inputs of a resource, as the policy server hands them over: what is written keeps whether it is secret. */
type Inputs = Record<string, unknown>;

/**
 * Sets what differs from what a rule wants. All other inputs stay as they are, secrets and unknowns among them; a property that
 * is unknown itself, or lies in something unknown, stays too, and so does all where the rule can't tell what it wants.
 *
 * @returns whether anything has changed
 */
export function mend(inputs: Inputs, wanted: () => Iterable<Mend>): boolean {
  let changed = false;
  for (const [path, value] of decided(wanted)) {
    const given = new Value(inputs).at(path);
    if (!given.unknown && !holds(given, value)) {
      changed = write(inputs, path.split("."), value) || changed;
    }
  }
  return changed;
}

function decided(wanted: () => Iterable<Mend>): readonly Mend[] {
  try {
    return [...wanted()];
  } catch (error) {
    if (!(error instanceof Undecided)) {
      throw error;
    }
    return [];
  }
}

/** Writes a value, making the objects around it; not into a text or a list that stands where an object should. */
function write(owner: Inputs, [key = "", ...rest]: readonly string[], value: Mend[1]): boolean {
  if (rest.length === 0) {
    owner[key] = value;
    return true;
  }
  owner[key] ??= {};
  const next = owner[key];
  const fits = typeof next === "object" && Array.isArray(next) === /^\d+$/.test(rest[0] ?? "");
  return fits && write(next as Inputs, rest, value);
}
