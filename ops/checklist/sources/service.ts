import { SERVICE } from "../../../sizing/service";
import { type Answer, get } from "./http";
import type { Reading } from "./reading";

/** What the running service answers. */
export interface ServiceFacts {
  /** Address that was given, ending with a slash. */
  readonly url: URL;
  readonly ready: Answer;
  readonly health: Answer;
  /** The service's description: the largest answer that needs no session, asked for as a client that takes gzip. */
  readonly description: Answer;
  /** The same, by a client that takes none. */
  readonly descriptionPlain: Answer;
  /** The metrics' path, which is to be nobody's business out there. */
  readonly metrics: Answer;
  /** The same host without TLS, or why there is no answer; undefined where the address itself is without. */
  readonly unencrypted: Answer | Error | undefined;
}

/** A path that answers with more than the least that is compressed. */
const DESCRIPTION = "openapi.json";

/** Asks the service everything at once: the first that does not answer ends it. */
export async function readService(url: URL): Promise<Reading<ServiceFacts>> {
  const ask = (path: string, headers = {}) => get(new URL(path.replace(/^\//, ""), url), headers);
  try {
    const [ready, health, description, descriptionPlain, metrics, unencrypted] = await Promise.all([
      ask(SERVICE.readinessPath),
      ask(SERVICE.livenessPath),
      ask(DESCRIPTION, { "accept-encoding": "gzip" }),
      ask(DESCRIPTION),
      ask("metrics"),
      url.protocol === "https:" ? get(withoutTls(url)).catch((error: Error) => error) : undefined,
    ]);
    return { kind: "read", facts: { url, ready, health, description, descriptionPlain, metrics, unencrypted } };
  } catch (error) {
    return { kind: "failed", subject: url.href, problem: (error as Error).message };
  }
}

/** The address where the load balancer redirects; another port than HTTPS' own has no such counterpart. */
function withoutTls(url: URL): URL {
  const other = new URL(url);
  other.protocol = "http:";
  return other;
}
