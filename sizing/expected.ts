import type { CapacityPlan } from "./capacity";
import type { PostgresParameter } from "./postgres";

/** One parameter that a server is to have, in RDS's words. */
export type ExpectedParameter = Pick<PostgresParameter, "name" | "value" | "unit">;

/** What the service's database tool compares a server with, as JSON (`--expected`). */
export interface ExpectedDatabase {
  /** PostgreSQL's major version. */
  readonly major: string;
  readonly parameters: readonly ExpectedParameter[];
  readonly replicaParameters: readonly ExpectedParameter[];
}

/** The parameters of the stack's writer and replicas, as the database tool reads them. */
export function expectedDatabase(database: CapacityPlan["database"], engineVersion: string): ExpectedDatabase {
  const plain = ({ name, value, unit }: PostgresParameter) => ({ name, value, ...(unit !== undefined && { unit }) });
  const [major = engineVersion] = engineVersion.split(".");
  return {
    major,
    parameters: database.parameters.map(plain),
    replicaParameters: database.replicaParameters.map(plain),
  };
}
