import { parseArgs } from "node:util";
import type { Quota } from "../cache/rate-limiter.ts";
import { type ApiKeyOptions, isPrefix, SCOPES, type Scope } from "./keys.ts";

/** What the program for API keys is asked to do. */
export type KeyCommand = { readonly create: ApiKeyOptions } | { readonly revoke: string };

const USAGE = `usage:
  create-api-key --user NAME --scopes read,write [--requests-per-second N --burst N] [--expires DAYS]
  create-api-key --revoke PREFIX`;

const MAX_RATE = 1_000_000;
const MAX_DAYS = 3650;
const DAY_MS = 86_400_000;

const OPTIONS = {
  user: { type: "string" },
  scopes: { type: "string" },
  "requests-per-second": { type: "string" },
  burst: { type: "string" },
  expires: { type: "string" },
  revoke: { type: "string" },
} as const;

type Values = { readonly [Key in keyof typeof OPTIONS]?: string };

/**
 * Reads the program's arguments.
 *
 * @throws Error that says what is wrong and how to call it
 */
export function keyCommand(args: readonly string[]): KeyCommand {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    return values.revoke === undefined ? { create: creation(values) } : { revoke: revocation(values.revoke, values) };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
}

function revocation(prefix: string, values: Values): string {
  if (Object.keys(values).length > 1) throw new Error("--revoke stands alone");
  if (!isPrefix(prefix)) {
    throw new Error("--revoke takes the prefix of a key: the 12 letters and digits between pk_ and the next _");
  }
  return prefix;
}

function creation(values: Values): ApiKeyOptions {
  const user = values.user?.trim() ?? "";
  if (user.length < 1 || user.length > 200) throw new Error("--user takes a name of 1 to 200 characters");
  const quota = quotaOf(values["requests-per-second"], values.burst);
  const days = values.expires === undefined ? undefined : whole("--expires", values.expires, MAX_DAYS);
  return {
    user,
    scopes: scopesOf(values.scopes),
    ...(quota && { quota }),
    ...(days !== undefined && { expiresAt: new Date(Date.now() + days * DAY_MS) }),
  };
}

function scopesOf(text: string | undefined): Scope[] {
  const asked = (text ?? "").split(",");
  const scopes = SCOPES.filter((scope) => asked.includes(scope));
  if (scopes.length !== asked.length) throw new Error(`--scopes takes ${SCOPES.join(", ")} or both with a comma`);
  return scopes;
}

function quotaOf(requestsPerSecond: string | undefined, burst: string | undefined): Quota | undefined {
  if (requestsPerSecond === undefined && burst === undefined) return undefined;
  if (requestsPerSecond === undefined || burst === undefined) {
    throw new Error("--requests-per-second and --burst go together");
  }
  return {
    requestsPerSecond: whole("--requests-per-second", requestsPerSecond, MAX_RATE),
    burst: whole("--burst", burst, MAX_RATE),
  };
}

function whole(option: string, text: string, max: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > max) throw new Error(`${option} takes a whole number from 1 to ${max}, not "${text}"`);
  return number;
}
