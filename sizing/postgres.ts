import { databaseClass } from "./instances";
import { catalogue, type ParameterContext, type SettableParameter } from "./postgres-catalogue";

export type { CatalogueEntry, ParameterContext, RefusedParameter, SettableParameter } from "./postgres-catalogue";

/** One parameter of an RDS parameter group, in RDS's own words. */
export interface PostgresParameter {
  readonly name: string;
  /** The value as RDS wants it: a plain number in {@link PostgresParameter.unit}, or a word. */
  readonly value: string;
  /** `pending-reboot` for static parameters: they wait for the instance's next restart. */
  readonly applyMethod: "immediate" | "pending-reboot";
  readonly unit?: string;
  /** What the guide writes, if it names the parameter. */
  readonly guide?: string;
  /** Why the value departs from the guide, or why the parameter is set at all. */
  readonly reason?: string;
}

/** What the parameters are computed from. */
export interface PostgresInput {
  /** RDS class, such as `db.m7g.xlarge`. */
  readonly instanceClass: string;
  /** PostgreSQL's major version, one of {@link postgresMajors}. */
  readonly engineMajor: string;
  readonly maxConnections: number;
  readonly workMemBytes: number;
  /** `production`: slow statements and DDL. `analysis`: the guide's every statement, for a limited time. */
  readonly statementLogging: "production" | "analysis";
  readonly statementTimeoutMs: number;
  readonly role: "writer" | "replica";
}

/**
 * PostgreSQL major versions whose parameters are known here. Version 18 is not: there `autovacuum_max_workers` is
 * dynamic, and RDS itself raises it to 16 near transaction ID wraparound, which the memory budget does not hold
 * (Amazon RDS User Guide, "Adaptive autovacuum enhancements in PostgreSQL version 18").
 */
export const postgresMajors: readonly string[] = ["17"];

/** Every parameter that the stack sets and every one that the guide sets and RDS refuses, in the guide's order. */
export const postgresCatalogue = catalogue;

/** The parameter group family of a major version, such as `postgres17`. */
export const postgresFamily = (engineMajor: string): string => `postgres${engineMajor}`;

/**
 * The catalogue's entry of a parameter that may be set.
 *
 * @throws Error with the reason when it is refused, or when the catalogue does not know it.
 */
export function settableParameter(name: string): SettableParameter {
  const entry = catalogue.find((candidate) => candidate.name === name);
  if (entry === undefined) throw new Error(`${name} is not in the parameter catalogue`);
  if ("refused" in entry) throw new Error(`${name} is refused: ${entry.refused}`);
  return entry;
}

/**
 * The parameters of a writer's or a replica's parameter group, in the catalogue's order.
 *
 * @throws Error when the instance class or the major version is not offered.
 */
export function postgresParameters(input: PostgresInput): PostgresParameter[] {
  const facts = databaseClass(input.instanceClass);
  if (facts === undefined) throw new Error(`"${input.instanceClass}" is not an offered database class`);
  if (!postgresMajors.includes(input.engineMajor)) {
    throw new Error(`PostgreSQL "${input.engineMajor}" is not offered: choose one of ${postgresMajors.join(", ")}`);
  }
  const context: ParameterContext = { ...input, memoryBytes: facts.memoryBytes };
  return catalogue
    .filter((entry): entry is SettableParameter => !("refused" in entry))
    .filter((entry) => entry.role === undefined || entry.role === input.role)
    .map((entry) => ({
      name: entry.name,
      value: typeof entry.value === "string" ? entry.value : entry.value(context),
      applyMethod: entry.change === "static" ? "pending-reboot" : "immediate",
      ...(entry.unit !== undefined && { unit: entry.unit }),
      ...(entry.guide !== undefined && { guide: entry.guide }),
      ...(entry.reason !== undefined && { reason: entry.reason }),
    }));
}
