import { SECRET, sorted, UNKNOWN } from "../preview/values";

/** Where two values differ. */
export interface ValueChange {
  /** From the top: `["ingress", "0", "fromPort"]`. Elements of lists are named by what identifies them, or their index. */
  readonly path: readonly string[];
  /** Absent: there was none. */
  readonly before?: unknown;
  /** Absent: there is none any more. */
  readonly after?: unknown;
}

/** Whether the secrets at two paths differ; the paths have the indices of their own side. */
export type SecretsDiffer = (before: string, after: string) => boolean;

/** What names an element of a list of objects, best first: Kubernetes, RDS parameters, IAM statements, tags, metrics. */
const IDENTITIES = ["name", "Sid", "key", "id", "Name", "label", "cidrBlock", "sid"];

interface Place {
  readonly path: readonly string[];
  readonly raw: { readonly before: readonly string[]; readonly after: readonly string[] };
}

/**
 * Where two property values differ, leaf by leaf. Texts that hold JSON (policies, dashboards) are compared by what they
 * say; lists of plain values as what was added and what removed; lists of objects by what names their elements. Secrets
 * stay masked.
 */
export function valueChanges(before: unknown, after: unknown, secretsDiffer: SecretsDiffer): ValueChange[] {
  return compare(before, after, { path: [], raw: { before: [], after: [] } }, secretsDiffer);
}

function compare(before: unknown, after: unknown, place: Place, secrets: SecretsDiffer): ValueChange[] {
  const [a, b] = [parsed(before), parsed(after)];
  if (a === SECRET && b === SECRET) {
    const { raw } = place;
    return secrets(raw.before.join("."), raw.after.join(".")) ? [{ path: place.path, before, after }] : [];
  }
  if (isObject(a) && isObject(b)) {
    const keys = Object.keys({ ...a, ...b }).sort();
    return keys.flatMap((key) => compare(a[key], b[key], inside(place, key, key, key), secrets));
  }
  if (Array.isArray(a) && Array.isArray(b)) return compareLists(a, b, place, secrets);
  if (equal(a, b)) return [];
  return [{ path: place.path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

function compareLists(
  a: readonly unknown[],
  b: readonly unknown[],
  place: Place,
  secrets: SecretsDiffer,
): ValueChange[] {
  const identity = IDENTITIES.find((key) => identifies(key, a) && identifies(key, b));
  if (identity !== undefined) {
    const indexIn = (list: readonly unknown[], name: string) =>
      list.findIndex((item) => nameOf(item, identity) === name);
    const names = [...new Set([...a, ...b].map((item) => nameOf(item, identity)))];
    return names.flatMap((name) => {
      const [i, j] = [indexIn(a, name), indexIn(b, name)];
      return compare(a[i], b[j], inside(place, name, String(i), String(j)), secrets);
    });
  }
  // Elements that are in both lists are the same, wherever they stand: what is left was removed, added or changed.
  const rest = [...b.entries()];
  const removed = [...a.entries()].filter(([, item]) => {
    const found = rest.findIndex(([, other]) => equal(parsed(item), parsed(other)) && !containsSecret(item));
    if (found >= 0) rest.splice(found, 1);
    return found < 0;
  });
  const count = Math.max(removed.length, rest.length);
  return Array.from({ length: count }).flatMap((_, n) => {
    const [i, before] = removed[n] ?? [-1, undefined];
    const [j, after] = rest[n] ?? [-1, undefined];
    const name = String(j >= 0 ? j : i);
    const alike = isObject(parsed(before)) === isObject(parsed(after)) || before === undefined || after === undefined;
    const at = inside(place, name, String(i), String(j));
    return alike ? compare(before, after, at, secrets) : [{ path: at.path, before, after }];
  });
}

function inside({ path, raw }: Place, name: string, before: string, after: string): Place {
  return { path: [...path, name], raw: { before: [...raw.before, before], after: [...raw.after, after] } };
}

function identifies(key: string, list: readonly unknown[]): boolean {
  const names = list.map((item) => (isObject(item) ? item[key] : undefined));
  return names.every((name) => typeof name === "string" && name !== UNKNOWN) && new Set(names).size === names.length;
}

function nameOf(item: unknown, key: string): string {
  return String((item as Readonly<Record<string, unknown>>)[key]);
}

/** What a text says, if it is JSON of an object or a list; else the value. */
export function parsed(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

function containsSecret(value: unknown): boolean {
  return JSON.stringify(value)?.includes(JSON.stringify(SECRET)) ?? false;
}

/** Whether two values are the same, in whatever order their keys are. */
export function equal(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (isObject(inner) ? sorted(inner) : inner)) ?? "undefined";
}

/** Whether it has keys and values. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
