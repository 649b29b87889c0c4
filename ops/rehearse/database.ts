import type { Stack } from "../../app/local/stack.ts";
import type { Modules } from "./modules";
import type { Plan } from "./plan";
import { type DatabaseResult, DEFAULTS, TUNED } from "./result";

/** Told what was done. */
export type Told = (what: string) => void;

/** Rounds of the comparison with PostgreSQL's own parameters. */
const ROUNDS = 3;

/** Connections that make the mixed load: several to a CPU, as pods are. */
const CONNECTIONS = 8;

/** Operations of one side in a round, for so many anomalies. */
const operations = (anomalies: number) => Math.min(6000, Math.max(400, Math.round(anomalies / 50)));

/** Executions of a query on its own. */
const executions = (anomalies: number) => Math.min(100, Math.max(10, Math.round(anomalies / 1000)));

/** A server's parameters as the stack's group would set them; the rest is PostgreSQL's own. */
export const tunedParameters = ({ sizing }: Plan, { PLAIN }: Modules): Record<string, string> => ({
  ...PLAIN,
  ...Object.fromEntries(sizing.database.parameters.map(({ name, value }) => [name, value])),
});

/** Fills the database, measures it in all ways, and leaves it with the stack's parameters. */
export async function measureDatabase(
  plan: Plan,
  { postgres, environment, app }: Stack,
  modules: Modules,
  progress: Told,
): Promise<DatabaseResult> {
  const { anomalies } = plan.options;
  const place = { postgres, database: environment.DATABASE_NAME ?? "", role: app };
  const tuned = tunedParameters(plan, modules);
  const server = await modules.connectTo(place);
  const query = async <Row>(sql: string, values: readonly unknown[] = []) =>
    (await server.owner.query(sql, [...values])).rows as Row[];

  const began = performance.now();
  await modules.loadData(server, anomalies);
  const seconds = (performance.now() - began) / 1000;
  progress(`${anomalies.toLocaleString("en")} anomalies are there`);

  const [size] = await query<{ bytes: number }>("SELECT pg_database_size(current_database())::float8 AS bytes");
  const { checked, differences } = await modules.compareSettings(
    { query },
    { standby: false },
    { parameters: plan.sizing.database.parameters.map((parameter) => ({ ...parameter })) },
  );
  const queries = (await modules.queries(server.owner, anomalies)).filter(({ source }) => source === "API");
  const costs = await modules.measureQueries(server, queries, executions(anomalies));
  progress(`${queries.length} queries with and without the guide's indexes`);

  // The server restarts under the sessions.
  await server.disconnect();
  const sides = [
    { name: TUNED, parameters: tuned },
    { name: DEFAULTS, parameters: modules.PLAIN },
  ];
  const rounds = await modules.compareSides(sides, {
    ...place,
    rows: anomalies,
    rounds: ROUNDS,
    operations: operations(anomalies),
    connections: CONNECTIONS,
    progress,
  });
  await postgres.restart(tuned);
  return {
    fill: { seconds, databaseBytes: size?.bytes ?? Number.NaN },
    parameters: { inForce: checked - differences.length, differences },
    queries: costs,
    rounds,
  };
}
