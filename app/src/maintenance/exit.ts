/** What the database tool ends with. */
export const ExitCode = {
  /** It did what was asked. */
  ok: 0,
  /** `verify` found differences. */
  different: 1,
  /** It could not begin: a wrong argument, no connection, a missing right, a server that it cannot work with. */
  notBegun: 2,
  /** It failed on its way; a second run goes on with what is left. */
  failed: 3,
  /** SIGINT or SIGTERM, after it cleaned up: what shells call 128 + SIGINT. */
  interrupted: 130,
} as const;

/** Why the tool does not begin, in one sentence for who called it. It holds no password. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** The user ended the run. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/**
 * Waits for some work, but not after the user ended the run.
 *
 * @throws Interrupted; what the work rejects with
 */
export async function unlessInterrupted<T>(interrupted: AbortSignal, work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = () => reject(new Interrupted("interrupted"));
  if (interrupted.aborted) end();
  interrupted.addEventListener("abort", end, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    interrupted.removeEventListener("abort", end);
  }
}
