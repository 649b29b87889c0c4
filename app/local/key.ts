import type pg from "pg";
import { createApiKey } from "../src/auth/keys.ts";
import type { Stack } from "./stack.ts";

/** Makes an API key that reads and writes. */
export async function makeApiKey(
  stack: Stack,
  user: string,
  quota?: { requestsPerSecond: number; burst: number },
): Promise<string> {
  const client = await stack.connect();
  try {
    return await createApiKey(executor(client), { user, scopes: ["read", "write"], ...(quota && { quota }) });
  } finally {
    await client.end();
  }
}

const executor = (client: pg.Client) => ({
  query: async <Row>({ text }: { text: string }, values: readonly unknown[] = []): Promise<Row[]> =>
    (await client.query(text, [...values])).rows,
});
