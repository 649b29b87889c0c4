import { kib, mib } from "./units";

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 60 * MINUTE_SECONDS;
const DAY_SECONDS = 24 * HOUR_SECONDS;

/** A request rate that one client address keeps to. */
export interface RateLimit {
  /** Sustained rate, in requests per second. */
  readonly requestsPerSecond: number;
  /** Requests above the rate that are let through at once. */
  readonly burst: number;
  /** Path prefix to which the limit applies. */
  readonly pathPrefix: string;
  /** The same rate as AWS WAF counts it: requests in one evaluation window. The burst lies inside the window. */
  readonly requestsPerWindow: number;
}

/** AWS WAF's shortest evaluation window, in seconds: 60, 120, 300 or 600 are allowed (AWS WAF, rate-based rules). */
const WINDOW_SECONDS = 60;

const rateLimit = (pathPrefix: string, requestsPerSecond: number, burst: number): RateLimit =>
  Object.freeze({ requestsPerSecond, burst, pathPrefix, requestsPerWindow: requestsPerSecond * WINDOW_SECONDS });

/** The guide's limits at the edge: section Nginx. */
export const LIMITS = Object.freeze({
  /** `zone=api_limit rate=10r/s`, `burst=20`: every path. */
  apiRate: rateLimit("/", 10, 20),
  /** `zone=auth_limit rate=5r/s`, `burst=5`. The guide's /auth lies with the rest of the API, under its version. */
  authRate: rateLimit("/api/v1/auth", 5, 5),
  /**
   * Widest ranges, as prefixes, that the rate of every path may leave out: a network of load generators, and not the clients of
   * a provider. 256 IPv4 addresses; the least that one IPv6 network has.
   */
  uncountedPrefix: Object.freeze({ ipv4: 24, ipv6: 64 }),
  /** Window of the rate rules, in seconds. */
  rateWindowSeconds: WINDOW_SECONDS,
  /** `limit_conn conn_limit 10`: connections of one client address. AWS has no equal; kept for the guide map. */
  connectionsPerClient: 10,
  /** `client_max_body_size 100M`, in bytes. */
  maxBodyBytes: mib(100),
  /** `expires 5m` of cacheable API responses, in seconds. */
  apiCacheSeconds: 5 * MINUTE_SECONDS,
  /** `expires 1y` of /static, in seconds. */
  staticCacheSeconds: 365 * DAY_SECONDS,
  /** `Strict-Transport-Security: max-age`, in seconds. */
  hstsMaxAgeSeconds: 31_536_000,
  /** `gzip_min_length 1000`, in bytes. */
  gzipMinBytes: 1000,
  /** `gzip_comp_level`. */
  gzipLevel: 6,
  /** `large_client_header_buffers 4 4k`, in bytes. */
  maxHeaderBytes: 4 * kib(4),
  /** `keepalive_requests 1000`. */
  keepAliveRequests: 1000,
  /** `max_fails=3`: failed checks before a target is taken out. */
  unhealthyThreshold: 3,
  /** `fail_timeout=30s`: the time in which those checks fail. */
  failTimeoutSeconds: 30,
});
