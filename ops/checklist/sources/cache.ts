import { createClient } from "@redis/client";
import { ConfigurationError } from "../../command/errors";
import type { Reading } from "./reading";

/** What the cache says of itself. */
export interface CacheFacts {
  /** Host and port. */
  readonly address: string;
  /** The fields of `INFO`. */
  readonly info: ReadonlyMap<string, string>;
}

/** A cache that has not answered by then does not serve. */
const TIMEOUT_MS = 10_000;

/**
 * Reads the address of a cache.
 *
 * @throws ConfigurationError that repeats nothing of the text, which may hold a password
 */
export function cacheAddress(given: string): URL {
  const url = URL.parse(given);
  if (url === null || !/^rediss?:$/.test(url.protocol) || url.hostname === "") {
    const form = "redis://USER@HOST:6379, or rediss:// with TLS";
    throw new ConfigurationError("CACHE_URL", [`found something of another form; allowed: ${form}`]);
  }
  return url;
}

/** Asks a cache for what it knows of itself; `CONFIG` is closed on ElastiCache. */
export async function readCache(url: URL): Promise<Reading<CacheFacts>> {
  const address = `${url.hostname}:${url.port || 6379}`;
  const client = createClient({ url: url.href, socket: { connectTimeout: TIMEOUT_MS, reconnectStrategy: false } });
  // The same error rejects what is waited for.
  client.on("error", () => undefined);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    // Rejects what is waited for.
    client.destroy();
  }, TIMEOUT_MS);
  try {
    await client.connect();
    return { kind: "read", facts: { address, info: fields(await client.info()) } };
  } catch (error) {
    if (late) return { kind: "failed", subject: address, problem: `no answer in ${TIMEOUT_MS / 1000} s` };
    return unread(address, error as Error & { code?: string });
  } finally {
    clearTimeout(timer);
    if (!late) client.destroy();
  }
}

function unread(subject: string, { code = "", message }: Error & { code?: string }): Reading<CacheFacts> {
  const [word = ""] = message.split(" ");
  if (word === "NOPERM") {
    return {
      kind: "refused",
      subject,
      problem: "the user may not run INFO",
      missing: "the command +info for the user",
    };
  }
  const problem = { ECONNREFUSED: "nothing listens there", ENOTFOUND: "there is no such host" }[code] ?? message;
  return { kind: "failed", subject, problem };
}

const fields = (info: string): Map<string, string> =>
  new Map([...info.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, name = "", value = ""]) => [name, value]));
