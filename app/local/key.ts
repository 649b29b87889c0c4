import { clientExecutor, createApiKey } from "../src/auth/keys.ts";
import type { Stack } from "./stack.ts";

/** Makes an API key that reads and writes. */
export async function makeApiKey(
  stack: Stack,
  user: string,
  quota?: { requestsPerSecond: number; burst: number },
): Promise<string> {
  const client = await stack.connect();
  try {
    return await createApiKey(clientExecutor(client), { user, scopes: ["read", "write"], ...(quota && { quota }) });
  } finally {
    await client.end();
  }
}
