import type { Resource } from "./stack";
import { IAM_ROLE } from "./types";
import type { Value } from "./value";

/** The statements of a policy document. */
export const statements = (document: Value): Value[] => document.json().child("Statement").listOrOne();

/** The statements that allow something. */
export const allowing = (document: Value): Value[] =>
  statements(document).filter((statement) => statement.child("Effect").string() === "Allow");

/** The policy documents that an IAM resource carries: its own, or a role's inline ones. */
export const documents = ({ type, props }: Resource): Value[] =>
  type === IAM_ROLE
    ? props
        .at("inlinePolicies")
        .list()
        .map((inline) => inline.at("policy"))
    : [props.at("policy")];

/** A statement's name for messages. */
export const statementName = (statement: Value): string =>
  `statement ${statement.child("Sid").string() ?? statement.path}`;

/** Whether a statement names everybody as its principal. */
export function isForEverybody(statement: Value): boolean {
  const principal = statement.child("Principal");
  return [principal, principal.child("AWS")].some((who) => who.strings().includes("*"));
}
