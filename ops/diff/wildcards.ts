import type { ResourceChange } from "./change";
import { isObject, parsed } from "./value-diff";

/** Managed policies that allow nearly everything. */
const BROAD = /\/(AdministratorAccess|PowerUserAccess|IAMFullAccess|\w*FullAccess)$/;

/** What a change lets identities do that is named by a wildcard and was not allowed before. */
export function newWildcards({ before, after }: ResourceChange): string[] {
  if (after === undefined) return [];
  const old = new Set(Object.values(before?.inputs ?? {}).flatMap(wildcards));
  return [...new Set(Object.values(after.inputs).flatMap(wildcards))].filter((wildcard) => !old.has(wildcard));
}

function wildcards(value: unknown): string[] {
  if (typeof value === "string" && BROAD.test(value)) return [`grants ${value.slice(value.lastIndexOf("/") + 1)}`];
  const document = parsed(value);
  if (!isObject(document)) return [];
  const statements = list(document.Statement).filter(isObject);
  return statements.filter(({ Effect }) => Effect === "Allow").flatMap(wildcardsOf);
}

function wildcardsOf(statement: Readonly<Record<string, unknown>>): string[] {
  const { Action, NotAction, Resource, Principal, Condition, Sid } = statement;
  const where = typeof Sid === "string" ? ` (${Sid})` : "";
  const actions = list(Action).filter((action) => typeof action === "string" && /^(\*|\w+:\*)$/.test(action));
  const resources = list(Resource).map(String);
  const everyone =
    Principal === "*" || (isObject(Principal) && Object.values(Principal).some((who) => list(who).includes("*")));
  const found = actions.map((action) => `allows ${action} on ${resources.join(", ") || "itself"}${where}`);
  const writing = list(Action).filter((action) => !/:(Describe|Get|List|Batch(Get|Check))/.test(String(action)));
  if (actions.length === 0 && resources.includes("*") && Condition === undefined && writing.length > 0) {
    found.push(`allows ${writing.join(", ")} on everything${where}`);
  }
  if (NotAction !== undefined) found.push(`allows everything but ${list(NotAction).join(", ")}${where}`);
  // Whoever a key policy or a bucket policy names is narrowed by its condition, if it has one.
  if (everyone && Condition === undefined) found.push(`lets everyone do ${list(Action).join(", ")}${where}`);
  return found;
}

function list(value: unknown): unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}
