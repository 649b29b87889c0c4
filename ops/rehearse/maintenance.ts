import type { Stack } from "../../app/local/stack.ts";
import type { Modules } from "./modules";

/** Where the owner reaches a rehearsed database. */
export function ownerUrl({ postgres, database }: Stack): string {
  const { username, password } = postgres.owner;
  return `postgresql://${username}:${password}@127.0.0.1:${postgres.port}/${database}?sslmode=disable`;
}

/**
 * What a night's maintenance does, so that the service is loaded as it is by day. The statistics begin anew: what was tried on
 * the database before, as without its indexes, is not the service's.
 *
 * @throws Error with what maintenance said when a part of it failed
 */
export async function maintainOvernight(stack: Stack, { maintain }: Modules): Promise<void> {
  const notes: string[] = [];
  const code = await maintain(["optimize", "--url", ownerUrl(stack)], {
    environment: {},
    write: (text) => notes.push(text),
    note: (line) => notes.push(line),
    interrupted: new AbortController().signal,
  });
  if (code !== 0) throw new Error(`the rehearsed database could not be optimized:\n${notes.join("\n")}`);
  const owner = await stack.connect();
  try {
    await owner.query("SELECT pg_stat_reset(), pg_stat_statements_reset()");
  } finally {
    await owner.end();
  }
}
