import { duration, number, percent } from "../format.ts";
import { described, type Holder } from "../holders.ts";
import { compareSettings } from "../settings.ts";
import type { Check, Finding } from "./finding.ts";

/** How near the databases are to running out of transaction ids. */
export const wraparound: Check = async ({ reader, thresholds }) => {
  const databases = await reader.query<{
    name: string;
    xid_age: number;
    multixact_age: number;
    xid_limit: number;
    multixact_limit: number;
    own: boolean;
  }>(`
    SELECT datname AS name, age(datfrozenxid) AS xid_age, mxid_age(datminmxid) AS multixact_age,
           current_setting('autovacuum_freeze_max_age')::bigint AS xid_limit,
           current_setting('autovacuum_multixact_freeze_max_age')::bigint AS multixact_limit,
           datname = current_database() AS own
    FROM pg_database ORDER BY datname`);
  return databases.flatMap(({ name, own, xid_age, xid_limit, multixact_age, multixact_limit }): Finding[] => {
    const details = { xid_age, xid_limit, multixact_age, multixact_limit };
    const late = xid_age > thresholds.freezeAge * xid_limit || multixact_age > thresholds.freezeAge * multixact_limit;
    const near = Math.max(xid_age, multixact_age) > thresholds.wraparoundAge;
    if (!late && !near && !own) return [];
    return [
      {
        check: "wraparound",
        severity: near ? "critical" : late ? "warning" : "info",
        subject: name,
        found:
          `oldest transaction id ${number(xid_age)} ago, autovacuum freezes at ${number(xid_limit)}; ` +
          `multixact ${number(multixact_age)} of ${number(multixact_limit)}`,
        advice:
          late || near
            ? `VACUUM (FREEZE) the oldest tables of ${name}; end what holds them back: long transactions, replication slots, prepared transactions`
            : null,
        details,
      },
    ];
  });
};

/** Connections in use. */
export const connections: Check = async ({ reader, thresholds }) => {
  const [counts] = await reader.query<{ used: number; max: number; idle_in_transaction: number; who: string | null }>(`
    WITH clients AS (SELECT coalesce(nullif(application_name, ''), 'without a name') AS application, state
                     FROM pg_stat_activity WHERE backend_type = 'client backend')
    SELECT count(*) AS used, current_setting('max_connections')::integer AS max,
           count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
           (SELECT string_agg(format('%s %s', application, n), ', ' ORDER BY n DESC, application)
            FROM (SELECT application, count(*) AS n FROM clients GROUP BY application ORDER BY n DESC LIMIT 5) a) AS who
    FROM clients`);
  if (counts === undefined) return [];
  const { used, max, idle_in_transaction, who } = counts;
  const share = used / max;
  const high = share >= thresholds.connectionShare;
  return [
    {
      check: "connections",
      severity: share >= thresholds.connectionShareCritical ? "critical" : high ? "warning" : "info",
      subject: "max_connections",
      found: `${number(used)} of ${number(max)} in use (${percent(share)}): ${who}`,
      advice: high ? `below ${percent(thresholds.connectionShare)}: smaller pools, or a higher max_connections` : null,
      details: { used, max, share, idle_in_transaction },
    },
  ];
};

/** Transactions that are open for long: they keep dead rows, and locks. */
export const transactions: Check = async ({ reader, thresholds }) => {
  const open = await reader.query<Holder & { seconds: number }>(
    `SELECT pid, application_name AS application, usename AS user, state, query_start,
            extract(epoch FROM clock_timestamp() - xact_start) AS seconds
     FROM pg_stat_activity
     WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
       AND (xact_start < clock_timestamp() - make_interval(secs => $1)
            OR state LIKE 'idle in transaction%' AND state_change < clock_timestamp() - make_interval(secs => $2))
     UNION ALL
     SELECT NULL, gid, owner, 'prepared', NULL, extract(epoch FROM clock_timestamp() - prepared)
     FROM pg_prepared_xacts WHERE prepared < clock_timestamp() - make_interval(secs => $1)
     ORDER BY seconds DESC`,
    [thresholds.transactionSeconds, thresholds.idleInTransactionSeconds],
  );
  return open.map((holder) => ({
    check: "transactions",
    severity: "warning",
    subject: holder.pid === null ? holder.application : String(holder.pid),
    found: `a transaction open for ${duration(holder.seconds)}: ${described(holder)}`,
    advice:
      holder.pid === null
        ? "COMMIT PREPARED or ROLLBACK PREPARED it"
        : `end it where it was begun, or SELECT pg_terminate_backend(${holder.pid})`,
    details: { pid: holder.pid, application: holder.application, state: holder.state, seconds: holder.seconds },
  }));
};

/** Sessions that wait for a lock. */
export const locks: Check = async ({ reader, thresholds }) => {
  const waiting = await reader.query<Holder & { seconds: number; target: string; blocker: Holder | null }>(
    `SELECT w.pid, w.application_name AS application, w.usename AS user, w.state, w.query_start, s.seconds,
            coalesce(l.relation::regclass::text, l.locktype) AS target,
            (SELECT json_build_object('pid', b.pid, 'application', b.application_name, 'user', b.usename,
                                      'state', b.state, 'query_start', b.query_start)
             FROM unnest(pg_blocking_pids(w.pid)) AS blocking (pid) JOIN pg_stat_activity b USING (pid) LIMIT 1) AS blocker
     FROM pg_locks l JOIN pg_stat_activity w USING (pid),
          LATERAL (SELECT extract(epoch FROM clock_timestamp() - l.waitstart) AS seconds) s
     WHERE NOT l.granted AND s.seconds >= $1 ORDER BY s.seconds DESC`,
    [thresholds.lockWaitSeconds],
  );
  return waiting.map(({ pid, seconds, target, blocker, application }) => ({
    check: "locks",
    severity: "warning",
    subject: target,
    found: `process ${pid} (${application || "without a name"}) waits for ${duration(seconds)}${blocker === null ? "" : ` for ${described(blocker)}`}`,
    advice: blocker === null ? "look again" : `end the transaction of process ${blocker.pid}`,
    details: { pid, target, seconds, blocking_pid: blocker?.pid ?? null },
  }));
};

/** Parameters that are not what the infrastructure sets. */
export const settings: Check = async ({ reader, server, expected }) => {
  if (expected === undefined) {
    const found = "not compared: no --expected";
    return [{ check: "settings", severity: "info", subject: "parameters", found, advice: null, details: {} }];
  }
  const { checked, differences } = await compareSettings(reader, server, expected);
  if (differences.length === 0) {
    const found = `${checked} as expected`;
    return [{ check: "settings", severity: "info", subject: "parameters", found, advice: null, details: { checked } }];
  }
  return differences.map(({ name, expected, found, pending_restart }) => ({
    check: "settings",
    severity: "warning",
    subject: name,
    found: `${found}, expected ${expected}${pending_restart ? "; a new value waits for a restart" : ""}`,
    advice: pending_restart ? "restart the server in its maintenance window" : "apply the stack's parameter group",
    details: { expected, found, pending_restart },
  }));
};
