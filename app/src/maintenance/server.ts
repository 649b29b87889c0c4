import type { Connection, Reader } from "./connection.ts";
import { Refusal } from "./exit.ts";

/** An extension of the database. */
export interface Extension {
  /** Where its functions and views are, as SQL writes it. */
  readonly schema: string;
  readonly version: string;
}

/** What the tool works on. */
export interface Server {
  /** As the server calls itself: `17.10`. */
  readonly version: string;
  readonly major: number;
  readonly database: string;
  /** The role that the tool logged in as. */
  readonly user: string;
  /** It replays what another server writes, and takes no writes itself. */
  readonly standby: boolean;
  readonly extensions: ReadonlyMap<string, Extension>;
}

/**
 * Reads what the tool has to know of a server.
 *
 * @throws Refusal that names the membership which the role lacks
 */
export async function readServer(connection: Connection): Promise<Server> {
  const [facts] = await connection.query<Omit<Server, "extensions"> & { monitor: boolean }>(
    `SELECT current_setting('server_version') AS version, current_setting('server_version_num')::integer / 10000 AS major,
            current_database() AS database, current_user AS user, pg_is_in_recovery() AS standby,
            pg_has_role('pg_monitor', 'USAGE') AS monitor`,
  );
  if (facts === undefined) throw new Error("the server says nothing of itself");
  const { monitor, ...server } = facts;
  if (!monitor) {
    throw new Refusal(`${server.user} may not read what others do: GRANT pg_monitor TO ${server.user}`);
  }
  const extensions = await connection.query<Extension & { name: string }>(
    "SELECT extname AS name, extnamespace::regnamespace::text AS schema, extversion AS version FROM pg_extension",
  );
  return { ...server, extensions: new Map(extensions.map(({ name, ...extension }) => [name, extension])) };
}

/** Whether the role may run a function, written with its parameters' types; false when there is none of that name. */
export async function mayRun(reader: Reader, signature: string): Promise<boolean> {
  const [answer] = await reader.query<{ allowed: boolean | null }>(
    "SELECT has_function_privilege(to_regprocedure($1), 'EXECUTE') AS allowed",
    [signature],
  );
  return answer?.allowed === true;
}
