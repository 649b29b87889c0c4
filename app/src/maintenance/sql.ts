/** Condition on pg_namespace `n`: not PostgreSQL's own. */
export const USER_SCHEMA = "n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'";

/**
 * Relations that somebody has, or waits to have, for himself alone. Whoever asks for their size waits behind him: the tool
 * leaves them out, or tells what the planner knows.
 */
export const LOCKED = `(SELECT relation FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation IS NOT NULL
                        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`;

/** A name as SQL writes it. */
export const quote = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

/** A name in a schema, as SQL writes it. */
export const qualified = (schema: string, name: string): string => `${quote(schema)}.${quote(name)}`;
