import { databaseClass } from "./instances";
import { catalogue, type ParameterContext, type SettableParameter } from "./postgres-catalogue";

export type { CatalogueEntry, ParameterContext, RefusedParameter, SettableParameter } from "./postgres-catalogue";

/** One parameter of an RDS parameter group, in RDS's own words. */
export interface PostgresParameter {
  readonly name: string;
  /** The value as RDS wants it: a plain number in {@link PostgresParameter.unit}, or a word. */
  readonly value: string;
  /** `pending-reboot` for static parameters, which wait for the instance's next restart, and for {@link SettableParameter.rdsDefault}. */
  readonly applyMethod: "immediate" | "pending-reboot";
  readonly unit?: NonNullable<SettableParameter["unit"]>;
  /** What the guide writes, if it names the parameter. */
  readonly guide?: string;
  /** Why the value departs from the guide, or why the parameter is set at all. */
  readonly reason?: string;
}

/** What the parameters of a server with some memory are computed from. */
export interface SizedPostgresInput extends ParameterContext {
  /** PostgreSQL's major version, one of {@link postgresMajors}. */
  readonly engineMajor: string;
  readonly role: "writer" | "replica";
}

/** What the parameters of an RDS instance are computed from. */
export interface PostgresInput extends Omit<SizedPostgresInput, "memoryBytes"> {
  /** RDS class, such as `db.m7g.xlarge`. */
  readonly instanceClass: string;
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
export function postgresParameters({ instanceClass, ...input }: PostgresInput): PostgresParameter[] {
  const facts = databaseClass(instanceClass);
  if (facts === undefined) throw new Error(`"${instanceClass}" is not an offered database class`);
  return sizedPostgresParameters({ ...input, memoryBytes: facts.memoryBytes });
}

/**
 * The same parameters for a server that has `memoryBytes` to itself, of whatever class or machine.
 *
 * @throws Error when the major version is not offered.
 */
export function sizedPostgresParameters({ engineMajor, role, ...context }: SizedPostgresInput): PostgresParameter[] {
  if (!postgresMajors.includes(engineMajor)) {
    throw new Error(`PostgreSQL "${engineMajor}" is not offered: choose one of ${postgresMajors.join(", ")}`);
  }
  return catalogue
    .filter((entry): entry is SettableParameter => !("refused" in entry))
    .filter((entry) => entry.role === undefined || entry.role === role)
    .map((entry) => ({ entry, value: typeof entry.value === "string" ? entry.value : entry.value(context) }))
    .map(({ entry, value }) => ({
      name: entry.name,
      value,
      applyMethod: entry.change === "static" || value === entry.rdsDefault ? "pending-reboot" : "immediate",
      ...(entry.unit !== undefined && { unit: entry.unit }),
      ...(entry.guide !== undefined && { guide: entry.guide }),
      ...(entry.reason !== undefined && { reason: entry.reason }),
    }));
}
