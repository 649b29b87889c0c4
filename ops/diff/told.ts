import { UNKNOWN } from "../preview/values";
import { isObject } from "./value-diff";

/** How many resources a value is said to come from by name. */
const NAMED = 3;

/** The name in a URN. */
export function nameOf(urn: string): string {
  return urn.slice(urn.lastIndexOf("::") + 2);
}

/** Whether any part of a value is known only after a deployment. */
export function containsUnknown(value: unknown): boolean {
  return JSON.stringify(value)?.includes(UNKNOWN) ?? false;
}

/**
 * A value as a comparison shows it: of what is known only after a deployment, where it comes from.
 *
 * @param sources the URNs of the resources that it comes from
 */
export function told(value: unknown, sources: readonly string[]): unknown {
  if (sources.length === 0) return value;
  if (value === UNKNOWN) return `[from ${listed(sources)}]`;
  if (Array.isArray(value)) return value.map((item) => told(item, sources));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, told(inner, sources)]));
}

function listed(sources: readonly string[]): string {
  const names = sources.map(nameOf);
  return names.length > NAMED
    ? `${names.slice(0, NAMED).join(", ")} and ${names.length - NAMED} more`
    : names.join(", ");
}

/** The paths at which a value is unknown, without the indices of lists. */
export function unknownPaths(value: unknown, path: readonly string[]): string[][] {
  if (value === UNKNOWN) return [[...path]];
  if (Array.isArray(value)) return value.flatMap((item) => unknownPaths(item, path));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => unknownPaths(inner, [...path, key]));
}

/** Whether a list of paths, as `ignoreChanges` has them, covers a path. */
export function isListed(list: readonly string[] | undefined, path: readonly string[]): boolean {
  return (list ?? []).some((entry) => {
    const parts = entry.replace(/\[["']?([^\]"']*)["']?\]/g, ".$1").split(".");
    return parts.every((part, i) => part === "*" || part === path[i]);
  });
}
