import { createClient, ErrorReply, RESP_TYPES } from "@redis/client";
import type { Logger } from "./logger.ts";

/** Above what Redis takes for any command here, and low enough to be waited for within the target of 250 ms for the p99. */
const COMMAND_TIMEOUT_MS = 100;
/** Commands in a row without an answer in time, after which the connection counts as lost. */
const LATE_MAX = 3;
/** For the connection, TLS and the login, credentials included. */
const CONNECT_TIMEOUT_MS = 5000;
/** Guide, Redis Caching Optimization: health_check_interval. */
const PING_MS = 30_000;
/**
 * ElastiCache ends a connection 12 hours after its last login (ElastiCache User Guide, "Authenticating with IAM"): many
 * attempts can fail before that.
 */
const LOGIN_MS = 600_000;
/** A login asks IAM, and commands behind it wait for it. */
const LOGIN_TIMEOUT_MS = 5000;

/** Answers of a server that cannot serve, where another connection may find one that can. */
const UNFIT = /^(?:READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|NOAUTH)\b/;

/** What a user logs in with. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** Where Redis is, and how to log in. */
export interface SessionOptions {
  readonly host: string;
  readonly port: number;
  /** Verified TLS. */
  readonly tls: boolean;
  /** Asked at each login. None: the server asks for none. */
  readonly login?: (() => Promise<Login>) | undefined;
  readonly logger: Logger;
}

/** A command, its name first. */
export type Command = readonly (string | Buffer)[];

/** There was no answer from Redis: no connection, none in time, or from a server that cannot serve. */
export class RedisUnavailable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "RedisUnavailable";
  }
}

/** One connection, from its login to its loss. Many commands are under way on it at once. */
export interface Session {
  /**
   * Sends a command; texts in the answer are Buffers.
   *
   * @throws RedisUnavailable, and ErrorReply where the command is refused
   */
  send(command: Command): Promise<unknown>;
  /** Settles when the connection is lost or ended, with the reason. */
  readonly lost: Promise<Error>;
  end(): void;
}

/**
 * Connects, logs in and writes a key: a replica, or a server that is still loading, accepts the connection too.
 *
 * @param probe key that is written
 * @throws Error when any of it fails
 */
export async function openSession(options: SessionOptions, probe: string, signal: AbortSignal): Promise<Session> {
  const { host, port, tls, login, logger } = options;
  const client = createClient({
    socket: { host, port, connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: false, ...(tls && { tls }) },
    ...(login && { credentialsProvider: { type: "async-credentials-provider", credentials: login } }),
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: "disabled",
    // The client's own time-out ends when a command is written, not when it is answered.
    commandOptions: { timeout: 0, typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  });
  const lost = Promise.withResolvers<Error>();
  const timers: NodeJS.Timeout[] = [];
  let ended = false;
  const end = (reason: Error) => {
    ended = true;
    for (const timer of timers) clearInterval(timer);
    client.destroy();
    lost.resolve(reason);
  };
  client.on("error", end);
  // The client does not give up a socket that is still connecting.
  client.on("connect", () => {
    if (ended) client.destroy();
  });

  let lateInARow = 0;
  let loggingIn = false;
  const send = (command: Command, timeoutMs = COMMAND_TIMEOUT_MS) =>
    new Promise<unknown>((resolve, reject) => {
      let answered = false;
      const timedOut = () => {
        if (answered) return;
        const error = new RedisUnavailable(`no answer within ${timeoutMs} ms`);
        if (!loggingIn) lateInARow += 1;
        if (lateInARow >= LATE_MAX) end(error);
        reject(error);
      };
      // When the event loop was held up, the answer may be there and unread: sockets are read before immediates run.
      const timer = setTimeout(() => setImmediate(timedOut), timeoutMs);
      const answer = () => {
        answered = true;
        clearTimeout(timer);
      };
      client.sendCommand(command).then(
        (reply) => {
          answer();
          lateInARow = 0;
          resolve(reply);
        },
        (error: Error) => {
          answer();
          if (error instanceof ErrorReply && !UNFIT.test(error.message)) return reject(error);
          if (error instanceof ErrorReply) end(error);
          reject(new RedisUnavailable(error.message, error));
        },
      );
    });

  const logIn = async (credentials: () => Promise<Login>) => {
    try {
      const { username, password } = await credentials();
      loggingIn = true;
      await send(["AUTH", username, password], LOGIN_TIMEOUT_MS);
    } catch (error) {
      logger.warn({ err: error }, "the login to the cache was not renewed");
    } finally {
      loggingIn = false;
    }
  };

  const close = () => end(new RedisUnavailable("the connection was closed"));
  signal.addEventListener("abort", close, { once: true });
  const overdue = () => end(new RedisUnavailable(`no connection within ${CONNECT_TIMEOUT_MS} ms`));
  const timer = setTimeout(overdue, CONNECT_TIMEOUT_MS);
  try {
    const failed = lost.promise.then((error) => Promise.reject(error));
    await Promise.race([client.connect(), failed]);
    await send(["SET", probe, "1", "PX", "1000"]);
  } catch (error) {
    end(new RedisUnavailable("the connection was not made", error));
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", close);
  }
  timers.push(setInterval(() => send(["PING"]).catch(end), PING_MS));
  if (login) timers.push(setInterval(() => logIn(login), LOGIN_MS));
  for (const repeated of timers) repeated.unref();
  return { send, lost: lost.promise, end: close };
}
