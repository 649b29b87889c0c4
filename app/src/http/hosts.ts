import { Problem } from "./problem.ts";
import type { App } from "./services.ts";

/** A host name that may be a subdomain. */
const NAME = /^[a-z\d][a-z\d.-]*$/;

/**
 * Answers only for the names in `allowed`, so that a page of a foreign name that resolves to this address (DNS rebinding)
 * is not served. `X-Forwarded-Host` counts for nothing.
 *
 * @param allowed host names; `*.` before one stands for all its subdomains
 */
export function admitHosts(app: App, allowed: readonly string[]): void {
  const names = allowed.map((name) => name.toLowerCase());
  const exact = new Set(names.filter((name) => !name.startsWith("*.")));
  const suffixes = names.filter((name) => name.startsWith("*.")).map((name) => name.slice(1));
  app.addHook("onRequest", (request, _reply, done) => {
    const name = hostName(request.raw.headers.host ?? "");
    const admitted = exact.has(name) || (NAME.test(name) && suffixes.some((suffix) => name.endsWith(suffix)));
    done(admitted ? undefined : new Problem(400, "invalid-host", "The Host header names no host that is served here."));
  });
}

/** The name in a Host header, without its port. */
function hostName(host: string): string {
  const port = host.lastIndexOf(":");
  const bare = port === -1 || host.endsWith("]") ? host : host.slice(0, port);
  return bare.toLowerCase();
}
