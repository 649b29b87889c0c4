import { setTimeout as delay } from "node:timers/promises";
import { ErrorReply } from "@redis/client";
import type { Script } from "./scripts.ts";
import { type Command, openSession, RedisUnavailable, type Session, type SessionOptions } from "./session.ts";

/** The keys that the service may touch begin with it: the access rules of the stack's cache user. */
export const KEY_PREFIX = "pynomaly:";

/** Waits between attempts to connect double from the one to the other. */
const BACKOFF_MIN_MS = 50;
const BACKOFF_MAX_MS = 5000;

/** What is lost again within this time was not back. */
const STEADY_MS = 1000;

/** The process's connection to Redis: it is made, and made again, in the background. */
export interface RedisConnection {
  /** While it is not, every command fails at once. */
  isReady(): boolean;
  /** Called each time that a connection is made, before any other command is sent. */
  onReady(listener: () => void): void;
  /**
   * Runs a script; texts in the answer are Buffers.
   *
   * @throws RedisUnavailable, and ErrorReply where the script fails
   */
  evaluate(script: Script, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown>;
  /**
   * @returns `PONG`
   * @throws RedisUnavailable
   */
  ping(): Promise<unknown>;
  /**
   * The fields of `INFO`.
   *
   * @throws RedisUnavailable
   */
  info(): Promise<ReadonlyMap<string, string>>;
  close(): Promise<void>;
}

/**
 * Keeps one connection to Redis, on which all commands of the process travel: it is faster than a pool, whose commands
 * each lease a connection. The process neither needs it to start nor to work.
 */
export function createRedis(options: SessionOptions): RedisConnection {
  const { logger } = options;
  const listeners: (() => void)[] = [];
  const closing = new AbortController();
  let session: Session | undefined;

  const stayConnected = async () => {
    let failures = 0;
    const recovered = () => {
      failures = 0;
      logger.info("the cache is back");
    };
    while (!closing.signal.aborted) {
      let steady: NodeJS.Timeout | undefined;
      try {
        session = await openSession(options, `${KEY_PREFIX}connected`, closing.signal);
        if (failures > 0) steady = setTimeout(recovered, STEADY_MS);
        for (const listener of listeners) listener();
        throw await session.lost;
      } catch (error) {
        clearTimeout(steady);
        session = undefined;
        if (closing.signal.aborted) return;
        if (failures === 0) logger.error({ err: error }, "the cache is lost: the service goes on without it");
        failures += 1;
        await delay(backoff(failures), undefined, { signal: closing.signal }).catch(() => undefined);
      }
    }
  };
  const connected = stayConnected();

  const send = (command: Command): Promise<unknown> =>
    session === undefined
      ? Promise.reject(new RedisUnavailable("there is no connection to the cache"))
      : session.send(command);

  return {
    isReady: () => session !== undefined,
    onReady: (listener) => {
      listeners.push(listener);
    },
    evaluate: async (script, keys, args) => {
      const rest = [String(keys.length), ...keys, ...args];
      try {
        return await send(["EVALSHA", script.sha, ...rest]);
      } catch (error) {
        if (!(error instanceof ErrorReply) || !error.message.startsWith("NOSCRIPT")) throw error;
        return await send(["EVAL", script.source, ...rest]);
      }
    },
    ping: () => send(["PING"]),
    info: async () => fields(String(await send(["INFO"]))),
    close: async () => {
      closing.abort();
      session?.end();
      await connected;
    },
  };
}

/** With jitter, so that the processes that lost the same server do not come back at the same moment. */
function backoff(failures: number): number {
  return Math.min(BACKOFF_MAX_MS, BACKOFF_MIN_MS * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
}

function fields(info: string): Map<string, string> {
  const lines = info.split("\r\n").filter((line) => line.includes(":"));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1)]));
}
