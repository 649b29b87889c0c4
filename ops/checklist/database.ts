import type { Evidence, Look } from "./item";
import { running } from "./look";
import type { Finding } from "./sources/database";

/** What `verify` compared, of some kinds. */
export function verified(what: string, wanted: (kind: string, name: string) => boolean): Look {
  return running("database", what, ({ server, verification }) => {
    const different = verification.differences.filter(({ kind, name }) => wanted(kind, name));
    if (different.length === 0) {
      const found = `no difference in ${what}, of ${verification.checked} things compared`;
      return [{ source: "database", status: "pass", subject: server, property: "verify", found }];
    }
    return different.map(({ kind, name, found, expected }): Evidence => {
      return { source: "database", status: "fail", subject: name, property: `verify, ${kind}`, found, expected };
    });
  });
}

/** What `analyze` found, by some of its checks; what is for information is no fault. */
export function analyzed(what: string, ...checks: readonly string[]): Look {
  return running("database", what, ({ server, analysis }) => {
    const found = analysis.findings.filter(({ check }) => checks.includes(check));
    const faults = found.filter(({ severity }) => severity !== "info");
    if (faults.length > 0) return faults.map(fault);
    const said = found.length === 0 ? "nothing found" : found.map((finding) => finding.found).join("; ");
    return [
      { source: "database", status: "pass", subject: server, property: `analyze ${checks.join(", ")}`, found: said },
    ];
  });
}

const fault = ({ check, subject, found, advice }: Finding): Evidence => ({
  source: "database",
  status: "fail",
  subject,
  property: `analyze ${check}`,
  found,
  expected: advice ?? "none",
});

/** Without statements that ran often enough there is nothing that could be called analyzed. */
export const statementsSeen: Look = running("database", "statistics of statements", ({ server, analysis }) => {
  const { statements } = analysis;
  const about = { source: "database", subject: server, property: "pg_stat_statements" } as const;
  if (statements.length === 0) {
    return [{ ...about, status: "not checked", found: "no statement ran often enough", missing: "load, then again" }];
  }
  const slowest = Math.max(...statements.map(({ mean_exec_time }) => mean_exec_time));
  const found = `${statements.length} statements, the slowest ${slowest.toFixed(1)} ms on average`;
  return [{ ...about, status: "pass", found }];
});
