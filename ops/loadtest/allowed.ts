import { isIPv4 } from "node:net";
import { ConfigurationError } from "../command/errors";

/** Hosts that a load may go to. */
export interface Allowed {
  /** The host that the stack's settings name, if any; asked for only when the URL's is neither on this machine nor added. */
  readonly stackHost: () => string | undefined;
  /** A host that the user adds by ALLOW. */
  readonly added: string | undefined;
}

/**
 * The origin of the API to load, if it may be: a load test of somebody else's server is an attack on it.
 *
 * @throws ConfigurationError
 */
export function allowedOrigin(url: string | undefined, { stackHost, added }: Allowed): string {
  const { protocol, hostname, origin } = parse(url);
  if (isLoopback(hostname) || hostname === added?.toLowerCase()) return origin;
  const stack = stackHost();
  if (hostname === stack) {
    if (protocol === "https:") return origin;
    throw new ConfigurationError("URL", [`found ${JSON.stringify(origin)}; allowed: https://${stack}, with TLS`]);
  }
  const named = stack === undefined ? "" : ` https://${stack} of the stack,`;
  throw new ConfigurationError("URL", [
    `found the host ${JSON.stringify(hostname)}; allowed: this machine (localhost),${named} or the host that ALLOW names: ALLOW=${hostname}, if it is yours to load`,
  ]);
}

function parse(url: string | undefined): URL {
  const allowed = "allowed: http:// or https:// with a host and a port, such as http://localhost:8000";
  if (url === undefined) throw new ConfigurationError("URL", [`found nothing; ${allowed}`]);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw new ConfigurationError("URL", [`found ${JSON.stringify(withoutLogin(url))}; ${allowed}`]);
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new ConfigurationError("URL", [`found a login in it, which everybody sees who lists processes; ${allowed}`]);
  }
  if (parsed.pathname !== "/" || parsed.search !== "" || parsed.hash !== "") {
    throw new ConfigurationError("URL", [`found ${JSON.stringify(url)}; ${allowed}: the paths are the load's own`]);
  }
  return parsed;
}

const withoutLogin = (url: string) => url.replace(/\/\/[^/]*@/, "//");

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || (isIPv4(hostname) && hostname.startsWith("127."));
}
