import type { FastifyBaseLogger } from "fastify";
import { LRUCache } from "lru-cache";
import type { Cache, Invalidation } from "../cache/cache.ts";
import type { Quota } from "../cache/rate-limiter.ts";
import type { ServerConfig } from "../config.ts";
import type { Database } from "../database/database.ts";
import { createActivity } from "./activity.ts";
import { digest, digestBytes, isToken, newToken, parseApiKey, type Scope, secretMatches } from "./keys.ts";

/** Who asks: an open session, its user and what its API key allows. */
export interface Identity {
  readonly sessionId: number;
  readonly userId: number;
  readonly apiKeyId: number;
  /** The user's name. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Shared by all sessions of the API key. */
  readonly quota: Quota;
  /** ISO 8601. */
  readonly expiresAt: string;
}

/** Sessions are opened with an API key, and are what every other request carries. */
export interface Sessions {
  /**
   * @returns the session and its token, which cannot be had again
   * @throws InvalidApiKey for a key that is malformed, unknown, revoked or expired: which one is not said
   * @throws DatabaseUnavailable
   */
  open(apiKey: string): Promise<{ token: string; identity: Identity }>;
  /**
   * Ends a session: at once in this process and where {@link applyInvalidation} tells of it, within a second elsewhere.
   *
   * @throws DatabaseUnavailable when it is still open
   */
  close(identity: Identity, token: string): Promise<void>;
  /**
   * Whose token it is; `undefined` when it is malformed or unknown, or its session has expired or ended. At once when
   * this process looked it up less than a second ago; a promise may reject with DatabaseUnavailable.
   */
  identify(token: string): Identity | undefined | Promise<Identity | undefined>;
  /** Whether this process has found the token good before, however long ago. */
  remembers(token: string): boolean;
  /** Takes an invalidation that another worker's cache made. */
  applyInvalidation(message: Invalidation): void;
  /** Writes what is left to write of the sessions' last use. */
  stop(): Promise<void>;
}

/** The API key opens no session. */
export class InvalidApiKey extends Error {
  constructor() {
    super("the API key is not valid");
    this.name = "InvalidApiKey";
  }
}

/** No session has the token. */
class UnknownSession extends Error {
  /** An answer, to the cache: no failure, in which it would go on with a session that it had before. */
  readonly status = 401;
}

/** What sessions work with. */
export interface SessionsOptions {
  readonly database: Database;
  readonly cache: Cache;
  readonly logger: Pick<FastifyBaseLogger, "error">;
  /** The quota of keys that have none of their own. */
  readonly config: Pick<ServerConfig, "RATE_REQUESTS_PER_SECOND" | "RATE_BURST">;
}

/** A session as the database answers it and the cache holds it. */
interface StoredSession extends Omit<Identity, "quota"> {
  readonly requestsPerSecond: number | null;
  readonly burst: number | null;
}

/** A session found good in this process. */
interface Recent {
  readonly identity: Identity;
  /** Of the monotonic clock. From then on the session is looked up again. */
  readonly until: number;
}

/** A day's work: the key opens the next session. */
const SESSION_SECONDS = 12 * 60 * 60;
/** How long another process may take to notice that a session ended. */
const RECENT_MS = 1000;
/** One for each of the 10,000 open connections that a process is built for. */
const RECENT_MAX = 10_000;
/** A token that no session has will never have one: only memory is what ends this. */
const UNKNOWN_MS = 10_000;
const UNKNOWN_MAX = 10_000;

const FIND_KEY = {
  name: "find-api-key",
  text: `SELECT id, secret_hash AS "secretHash" FROM api_keys WHERE prefix = $1`,
};

/** The row's lock and the check behind it keep a key that is being revoked from opening one more session. */
const OPEN_SESSION = {
  name: "open-session",
  text: `
    WITH key AS (
      UPDATE api_keys SET last_used_at = now()
      WHERE id = $1 AND is_active AND (expires_at IS NULL OR expires_at > now())
      RETURNING *
    ), opened AS (
      INSERT INTO user_sessions (user_id, api_key_id, token_hash, expires_at)
      SELECT user_id, id, $2, least(now() + make_interval(secs => $3), expires_at) FROM key
      RETURNING id, expires_at
    )
    SELECT opened.id AS "sessionId", key.user_id AS "userId", key.id AS "apiKeyId", users.name, key.scopes,
      key.requests_per_second AS "requestsPerSecond", key.burst, opened.expires_at AS "expiresAt"
    FROM opened, key JOIN users ON users.id = key.user_id`,
};

const FIND_SESSION = {
  name: "find-session",
  text: `
    SELECT s.id AS "sessionId", s.user_id AS "userId", s.api_key_id AS "apiKeyId", users.name, key.scopes,
      key.requests_per_second AS "requestsPerSecond", key.burst, least(s.expires_at, key.expires_at) AS "expiresAt"
    FROM user_sessions s
    JOIN api_keys key ON key.id = s.api_key_id
    JOIN users ON users.id = s.user_id
    WHERE s.token_hash = $1 AND s.is_active AND key.is_active AND least(s.expires_at, key.expires_at) > now()`,
};

const CLOSE_SESSION = {
  name: "close-session",
  text: "UPDATE user_sessions SET is_active = false WHERE id = $1 AND is_active",
};

/**
 * Sessions in the database, before it the cache, before that this process's memory. All three hold hashes of tokens; the
 * memory holds the tokens themselves for a second at most, as a hash for each request is what costs most of telling who
 * asks. The database is asked at the writer: a replica that lags would bring back a session that just ended.
 */
export function createSessions({ database, cache, logger, config }: SessionsOptions): Sessions {
  const recent = new LRUCache<string, Recent>({ max: RECENT_MAX });
  /** Of {@link recent}, by the token. A table looks at a seeded hash first, so that its time tells nothing of a token. */
  const byToken = new Map<string, Recent>();
  const clearing = setInterval(() => byToken.clear(), RECENT_MS);
  clearing.unref();
  const unknown = new LRUCache<string, true>({ max: UNKNOWN_MAX, ttl: UNKNOWN_MS });
  const activity = createActivity(database, logger);
  const defaultQuota: Quota = { requestsPerSecond: config.RATE_REQUESTS_PER_SECOND, burst: config.RATE_BURST };

  const identityOf = ({ requestsPerSecond, burst, ...session }: StoredSession): Identity => ({
    ...session,
    quota: {
      requestsPerSecond: requestsPerSecond ?? defaultQuota.requestsPerSecond,
      burst: burst ?? defaultQuota.burst,
    },
  });

  const forget = (hashed: string) => {
    recent.delete(hashed);
    // Which of them is the session's is not known, and few sessions end.
    byToken.clear();
    unknown.set(hashed, true);
  };

  const load = async (hashed: string): Promise<StoredSession> => {
    const [session] = await database.read<StoredSession>(FIND_SESSION, [digestBytes(hashed)], { fresh: true });
    if (session === undefined) throw new UnknownSession();
    return session;
  };

  const lookUp = async (hashed: string): Promise<Identity | undefined> => {
    try {
      const session = await cache.cached("sessions", hashed, () => load(hashed));
      const lifeMs = Date.parse(session.expiresAt) - Date.now();
      if (lifeMs <= 0) forget(hashed);
      // It may have ended while it was looked up.
      if (unknown.has(hashed)) return undefined;
      const identity = identityOf(session);
      recent.set(hashed, { identity, until: performance.now() + Math.min(RECENT_MS, lifeMs) });
      activity.seen(identity.sessionId);
      return identity;
    } catch (error) {
      if (!(error instanceof UnknownSession)) throw error;
      if (unknown.has(hashed)) return undefined;
      forget(hashed);
      // Left there, one that was ended outside of the API would be believed again while the database fails.
      await cache.delete("sessions", hashed);
      return undefined;
    }
  };

  return {
    open: async (apiKey) => {
      const key = parseApiKey(apiKey);
      if (key === undefined) throw new InvalidApiKey();
      const [stored] = await database.read<{ id: number; secretHash: Buffer }>(FIND_KEY, [key.prefix], { fresh: true });
      const matches = secretMatches(key.secret, stored?.secretHash);
      if (stored === undefined || !matches) throw new InvalidApiKey();
      const token = newToken();
      const values = [stored.id, digestBytes(digest(token)), SESSION_SECONDS];
      const [session] = await database.write<StoredSession>(OPEN_SESSION, values);
      if (session === undefined) throw new InvalidApiKey();
      return { token, identity: identityOf(session) };
    },

    close: async ({ sessionId }, token) => {
      const hashed = digest(token);
      await database.write(CLOSE_SESSION, [sessionId]);
      forget(hashed);
      await cache.delete("sessions", hashed);
    },

    identify: (token) => {
      const now = performance.now();
      const asked = byToken.get(token);
      if (asked !== undefined && now < asked.until) return asked.identity;
      if (!isToken(token)) return undefined;
      const hashed = digest(token);
      const found = recent.get(hashed);
      if (found === undefined || now >= found.until) return unknown.has(hashed) ? undefined : lookUp(hashed);
      byToken.set(token, found);
      return found.identity;
    },

    remembers: (token) => recent.has(digest(token)),
    applyInvalidation: ({ namespace, key }) => {
      if (namespace !== "sessions") return;
      if (key !== undefined) return forget(key);
      recent.clear();
      byToken.clear();
    },
    stop: () => {
      clearInterval(clearing);
      return activity.stop();
    },
  };
}
