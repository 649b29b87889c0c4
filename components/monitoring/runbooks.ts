/** Folder of the runbooks in this repository; `docs/runbooks/README.md` lists them. */
export const RUNBOOK_FOLDER = "docs/runbooks";

/** The runbooks that alarms and the budget link to, each a file of {@link RUNBOOK_FOLDER}. */
export const RUNBOOKS = [
  "api-latency",
  "error-budget",
  "unhealthy-targets",
  "unreachable",
  "rejected-connections",
  "blocked-requests",
  "db-connections",
  "db-cpu",
  "db-disk-latency",
  "db-memory",
  "db-storage",
  "db-transaction-ids",
  "db-replica-lag",
  "db-slow-statements",
  "cache-memory",
  "cache-cpu",
  "cache-hit-rate",
  "node-pressure",
  "pod-cpu",
  "pod-memory",
  "pod-restarts",
  "pods-pending",
  "autoscaler-at-maximum",
  "failed-jobs",
  "dependency-missing",
  "incident",
  "attention",
  "budget",
] as const;

/** What to do about an alarm: the runbook's file, without `.md`. */
export type Runbook = (typeof RUNBOOKS)[number];

/**
 * Where a runbook is read.
 *
 * @param base address of the folder, such as its page on a Git host
 * @default the path in this repository
 */
export const runbookAddress = (runbook: Runbook, base = RUNBOOK_FOLDER): string =>
  `${base.replace(/\/$/, "")}/${runbook}.md`;
