import { request } from "undici";
import { failureKind } from "./failures";

/** No load can begin: the service can't be reached, or lets nobody in. Its message never holds a key or a token. */
export class NoSession extends Error {
  override readonly name = "NoSession";
}

const SESSIONS = "/api/v1/auth/sessions";
const TIMEOUT_MS = 10_000;

/** What a status of the service means for who asks for a session. */
const REASONS: Readonly<Record<number, string>> = {
  401: "the API key is not valid: unknown, revoked or expired",
  403: "it refuses this client, or its firewall does",
  404: "nothing at this address opens sessions: is it the API?",
  429: "this address has asked for too many sessions, or is limited by the firewall",
};

/** A session of an API key. */
export interface Session {
  readonly token: string;
  /** Ends it. That it cannot be ended is no fault of the load. */
  end(): Promise<void>;
}

/**
 * Opens a session.
 *
 * @throws NoSession
 */
export async function openSession(origin: string, apiKey: string): Promise<Session> {
  const { status, body } = await post(origin, apiKey);
  if (status !== 201) {
    const reason = REASONS[status] ?? (status >= 500 ? "it fails" : "found something else than the API");
    throw new NoSession(`${origin} answers a request for a session with ${status}: ${reason}`);
  }
  const token = tokenIn(body);
  if (token === undefined)
    throw new NoSession(`${origin} answers a request for a session with something else than one`);
  return { token, end: () => endSession(origin, token) };
}

async function post(origin: string, apiKey: string): Promise<{ status: number; body: string }> {
  try {
    const { statusCode, body } = await request(`${origin}${SESSIONS}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ api_key: apiKey }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return { status: statusCode, body: await body.text() };
  } catch (error) {
    const { name, code } = error as NodeJS.ErrnoException;
    if (name === "TimeoutError") throw new NoSession(`${origin} does not answer within ${TIMEOUT_MS / 1000} s`);
    throw new NoSession(`${origin} cannot be reached: ${failureKind(error)}${code === undefined ? "" : ` (${code})`}`);
  }
}

function tokenIn(body: string): string | undefined {
  try {
    const { token } = JSON.parse(body);
    return typeof token === "string" ? token : undefined;
  } catch {
    return undefined;
  }
}

async function endSession(origin: string, token: string): Promise<void> {
  try {
    const { body } = await request(`${origin}${SESSIONS}/current`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await body.dump();
  } catch {
    // It ends by itself in a while.
  }
}
