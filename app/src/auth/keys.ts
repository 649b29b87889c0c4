import { hash, randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import type pg from "pg";
import type { Quota } from "../cache/rate-limiter.ts";
import type { Executor } from "../database/database.ts";

/** What an API key, and a session that was opened with it, may do. */
export type Scope = "read" | "write";

/** Every scope there is. */
export const SCOPES: readonly Scope[] = ["read", "write"];

/** An API key in its parts. */
export interface ApiKey {
  /** No secret: the row is found by it, and people name the key by it. */
  readonly prefix: string;
  readonly secret: string;
}

/** What an API key is made for. */
export interface ApiKeyOptions {
  /** Name of the user that the key belongs to, who is made when there is none of that name. */
  readonly user: string;
  readonly scopes: readonly Scope[];
  /** Instead of the service's own quota. */
  readonly quota?: Quota;
  /** The key and its sessions end then. */
  readonly expiresAt?: Date;
}

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** 71 bits: prefixes do not collide. */
const PREFIX_LENGTH = 12;
/** What cannot be guessed, so that SHA-256 is enough: a slow hash guards what people choose themselves. */
const SECRET_BYTES = 32;

const API_KEY = /^pk_([0-9A-Za-z]{12})_([0-9A-Za-z_-]{43})$/;
const TOKEN = /^ps_[0-9A-Za-z_-]{43}$/;
const PREFIX = /^[0-9A-Za-z]{12}$/;

/** Stands in for the hash of a key that is not there. Nothing is known that hashes to it. */
const NO_KEY = randomBytes(SECRET_BYTES);

const randomText = () => randomBytes(SECRET_BYTES).toString("base64url");

/** A new API key. */
export function newApiKey(): ApiKey {
  const prefix = Array.from({ length: PREFIX_LENGTH }, () => BASE62[randomInt(BASE62.length)]).join("");
  return { prefix, secret: randomText() };
}

/** The text that its owner keeps. */
export function formatApiKey({ prefix, secret }: ApiKey): string {
  return `pk_${prefix}_${secret}`;
}

/** `undefined` for a text that no API key can be. */
export function parseApiKey(text: string): ApiKey | undefined {
  const [, prefix, secret] = API_KEY.exec(text) ?? [];
  return prefix === undefined || secret === undefined ? undefined : { prefix, secret };
}

/** Whether a text can be the prefix of an API key. */
export function isPrefix(text: string): boolean {
  return PREFIX.test(text);
}

/** A new session token. */
export function newToken(): string {
  return `ps_${randomText()}`;
}

/** Whether a text can be a session token. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** What is stored of a secret or a token: its SHA-256, as base64url. */
export function digest(text: string): string {
  return hash("sha256", text, "base64url");
}

/** A {@link digest} as the database stores it. */
export function digestBytes(value: string): Buffer {
  return Buffer.from(value, "base64url");
}

/**
 * Whether a secret is the one whose hash is stored. It takes the same time for every secret, and when no hash is stored.
 *
 * @param stored SHA-256 of the secret; none for an unknown prefix
 */
export function secretMatches(secret: string, stored: Buffer | undefined): boolean {
  const equal = timingSafeEqual(digestBytes(digest(secret)), stored ?? NO_KEY);
  return equal && stored !== undefined;
}

const INSERT_KEY = {
  name: "create-api-key",
  text: `
    WITH owner AS (
      INSERT INTO users (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id
    )
    INSERT INTO api_keys (user_id, prefix, secret_hash, scopes, requests_per_second, burst, expires_at)
    SELECT id, $2, $3, $4, $5, $6, $7 FROM owner`,
};

const REVOKE_KEY = {
  name: "revoke-api-key",
  text: "UPDATE api_keys SET is_active = false WHERE prefix = $1 RETURNING id",
};

const END_SESSIONS = {
  name: "end-sessions-of-api-key",
  text: "UPDATE user_sessions SET is_active = false WHERE api_key_id = $1 AND is_active RETURNING id",
};

/** Runs statements on a client of one's own, whose bigint columns stay text. */
export function clientExecutor(client: pg.ClientBase): Executor {
  return { query: async ({ text }, values = []) => (await client.query(text, [...values])).rows };
}

/**
 * Stores a new API key's hash.
 *
 * @returns the key, which cannot be had again
 */
export async function createApiKey(executor: Executor, options: ApiKeyOptions): Promise<string> {
  const key = newApiKey();
  await executor.query(INSERT_KEY, [
    options.user,
    key.prefix,
    digestBytes(digest(key.secret)),
    options.scopes,
    options.quota?.requestsPerSecond,
    options.quota?.burst,
    options.expiresAt,
  ]);
  return formatApiKey(key);
}

/**
 * Ends a key and its sessions. A session that is in the cache goes on for as long as it is there: a minute. One that is
 * opened meanwhile ends too, as opening it locks the key's row.
 *
 * @param executor of a transaction, or one that commits each statement
 * @returns how many sessions ended; `undefined` when no key has the prefix
 */
export async function revokeApiKey(executor: Executor, prefix: string): Promise<number | undefined> {
  const [key] = await executor.query<{ id: unknown }>(REVOKE_KEY, [prefix]);
  return key && (await executor.query(END_SESSIONS, [key.id])).length;
}
