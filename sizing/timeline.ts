/** Every time-out between a client and the database, in seconds. Their order is {@link timelineProblems}' business. */
export interface Timeline {
  /** PostgreSQL cancels a statement (`statement_timeout`), and the pool's own command time-out. */
  readonly statementTimeoutSeconds: number;
  /** The API answers a request, or gives it up with an error. */
  readonly requestTimeoutSeconds: number;
  /** The load balancer closes an idle connection. */
  readonly loadBalancerIdleSeconds: number;
  /** The API closes an idle connection: after the load balancer, so that none is reused as it closes (502). */
  readonly keepAliveSeconds: number;
  /** The API waits for a request's headers: longer than keep-alive, which it otherwise cuts short in Node. */
  readonly headersTimeoutSeconds: number;
  /** A pod goes on serving while the load balancer learns that it leaves. */
  readonly preStopSeconds: number;
  /** A pod then finishes the requests it has. */
  readonly drainSeconds: number;
  /** Kubernetes kills what is left (`terminationGracePeriodSeconds`). */
  readonly terminationGraceSeconds: number;
  /** The load balancer lets requests finish on a target that leaves. */
  readonly deregistrationDelaySeconds: number;
}

/**
 * The stack's time-outs.
 *
 * - request 30 s: guide, Nginx: `proxy_read_timeout 30s`.
 * - statement 25 s: the guide's `command_timeout=30` (Query Performance) would end with the request itself; 5 s are
 *   left to borrow a connection and to answer.
 * - idle 60 s: guide, Nginx: `keepalive_timeout 60s`; the keep-alive behind it is longer, unlike the guide's
 *   `timeout_keep_alive=30` (FastAPI), which gives 502s behind a 60 s idle load balancer.
 * - drain 30 s: guide, FastAPI: `timeout_graceful_shutdown=30`.
 */
export const timeline: Timeline = Object.freeze({
  statementTimeoutSeconds: 25,
  requestTimeoutSeconds: 30,
  loadBalancerIdleSeconds: 60,
  keepAliveSeconds: 65,
  headersTimeoutSeconds: 66,
  preStopSeconds: 20,
  drainSeconds: 30,
  terminationGraceSeconds: 60,
  deregistrationDelaySeconds: 30,
});

/** The orderings that a timeline must keep and does not, each as one sentence; none for a sound timeline. */
export function timelineProblems(t: Timeline): string[] {
  const problems: string[] = [];
  const below = (name: keyof Timeline, other: keyof Timeline) => {
    if (!(t[name] < t[other])) problems.push(`${name} (${t[name]}) must be below ${other} (${t[other]})`);
  };
  const atMost = (name: keyof Timeline, other: keyof Timeline) => {
    if (!(t[name] <= t[other])) problems.push(`${name} (${t[name]}) must be at most ${other} (${t[other]})`);
  };
  below("statementTimeoutSeconds", "requestTimeoutSeconds");
  below("requestTimeoutSeconds", "loadBalancerIdleSeconds");
  below("loadBalancerIdleSeconds", "keepAliveSeconds");
  below("keepAliveSeconds", "headersTimeoutSeconds");
  atMost("requestTimeoutSeconds", "drainSeconds");
  atMost("requestTimeoutSeconds", "deregistrationDelaySeconds");
  atMost("deregistrationDelaySeconds", "terminationGraceSeconds");
  const shutdown = t.preStopSeconds + t.drainSeconds;
  if (!(shutdown <= t.terminationGraceSeconds)) {
    problems.push(
      `preStopSeconds + drainSeconds (${shutdown}) must be at most terminationGraceSeconds (${t.terminationGraceSeconds})`,
    );
  }
  return problems;
}
