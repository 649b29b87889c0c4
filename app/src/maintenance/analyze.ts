import pg from "pg";
import { wantedSchema } from "../database/migrations/wanted.ts";
import type { Check, CheckName, Finding, Inspection, Severity } from "./checks/finding.ts";
import { duplicateIndexes, invalidIndexes, missingIndexes, unusedIndexes } from "./checks/indexes.ts";
import { connections, locks, settings, transactions, wraparound } from "./checks/server.ts";
import { type StatementFigures, statementReport } from "./checks/statements.ts";
import { bloat, cache, vacuum } from "./checks/tables.ts";
import { THRESHOLDS, type Thresholds } from "./checks/thresholds.ts";
import type { Reader } from "./connection.ts";
import type { Expected } from "./expected.ts";
import { readIndexes } from "./indexes.ts";
import type { Server } from "./server.ts";

/** What `analyze` tells. */
export interface Analysis {
  /** The most severe first. */
  readonly findings: readonly Finding[];
  /** The statements that took the most time together: guide, Query Performance Optimization. */
  readonly statements: readonly StatementFigures[];
}

/** What `analyze` works on. */
export interface AnalysisOptions {
  readonly reader: Reader;
  readonly server: Server;
  readonly expected?: Expected | undefined;
  readonly thresholds?: Partial<Thresholds>;
}

const CHECKS: Readonly<Record<Exclude<CheckName, "slow-queries">, Check>> = {
  "missing-indexes": missingIndexes,
  "invalid-indexes": invalidIndexes,
  "duplicate-indexes": duplicateIndexes,
  "unused-indexes": unusedIndexes,
  cache,
  bloat,
  vacuum,
  wraparound,
  connections,
  transactions,
  locks,
  settings,
};

const ORDER: readonly Severity[] = ["critical", "warning", "info"];

/** lock_not_available and query_canceled: the limits of the tool's own session. */
const TOO_LONG = ["55P03", "57014"];

/** Looks for all that slows a database down or will; it changes nothing, and works on a replica. */
export async function analyze({ reader, server, expected, thresholds }: AnalysisOptions): Promise<Analysis> {
  const inspection: Inspection = {
    reader,
    server,
    wanted: wantedSchema(),
    indexes: await readIndexes(reader),
    expected,
    thresholds: { ...THRESHOLDS, ...thresholds },
  };
  const { findings: slow, statements } = await statementReport(inspection);
  const findings = [...slow];
  for (const [name, check] of Object.entries(CHECKS)) {
    try {
      findings.push(...(await check(inspection)));
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || !TOO_LONG.includes(error.code ?? "")) throw error;
      findings.push(notLookedAt(name as CheckName, error.message));
    }
  }
  return {
    findings: ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity)),
    statements,
  };
}

const notLookedAt = (check: CheckName, why: string): Finding => ({
  check,
  severity: "warning",
  subject: check,
  found: `could not be looked at: ${why}`,
  advice: "run analyze again when less is going on",
  details: {},
});
