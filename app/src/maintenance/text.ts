import type { Outcome } from "./action.ts";
import type { Analysis } from "./analyze.ts";
import type { Severity } from "./checks/finding.ts";
import { counted, cut, duration, number, size, table } from "./format.ts";
import type { Optimization } from "./optimize.ts";
import type { Server } from "./server.ts";
import type { Verification } from "./verify.ts";

/** Characters of a statement in a table. */
const QUERY_LENGTH = 90;

/** Characters of what was found or expected. */
const FOUND_LENGTH = 140;

/** What the tool worked on, in one line. */
export const heading = ({ database, version, standby, user }: Server): string =>
  `${database}, PostgreSQL ${version}, ${standby ? "a replica" : "primary"}, as ${user}`;

/** An analysis for people: findings and what to do about them, then the statements that take the most time. */
export function analysisText({ findings, statements }: Analysis): string {
  const rows = findings.map(({ severity, check, subject, found }) => [
    severity,
    check,
    subject,
    cut(found, FOUND_LENGTH),
  ]);
  const [head = "", ...lines] = table(["SEVERITY", "CHECK", "SUBJECT", "FOUND"], rows).split("\n");
  const indent = " ".repeat(head.indexOf("FOUND"));
  const advised = lines.flatMap((line, index) => {
    const advice = findings[index]?.advice;
    return advice ? [line, `${indent}→ ${advice}`] : [line];
  });
  const count = (severity: Severity) => findings.filter((finding) => finding.severity === severity).length;
  const summary = `${number(count("critical"))} critical, ${counted(count("warning"), "warning")}, ${number(count("info"))} for information`;
  return [head, ...advised, "", ...(statements.length > 0 ? [statementsText(statements), ""] : []), summary].join("\n");
}

function statementsText(statements: Analysis["statements"]): string {
  const milliseconds = (value: number) => value.toFixed(1);
  const rows = statements.map((statement) => [
    milliseconds(statement.total_exec_time),
    milliseconds(statement.mean_exec_time),
    milliseconds(statement.max_exec_time),
    milliseconds(statement.stddev_exec_time),
    number(statement.calls),
    number(statement.rows),
    statement.hit_ratio === null ? "-" : `${statement.hit_ratio.toFixed(1)} %`,
    cut(statement.query, QUERY_LENGTH),
  ]);
  return table(["TOTAL ms", "MEAN ms", "MAX ms", "STDDEV ms", "CALLS", "ROWS", "HITS", "STATEMENT"], rows);
}

/** A verification for people: the table of differences. */
export function verificationText({ checked, differences, unchecked }: Verification): string {
  const rows = differences.map(({ kind, name, expected, found }) => [
    kind,
    name,
    cut(expected, FOUND_LENGTH),
    cut(found, FOUND_LENGTH),
  ]);
  const lines = rows.length > 0 ? [table(["KIND", "NAME", "EXPECTED", "FOUND"], rows), ""] : [];
  const notes = unchecked.map(({ name, reason }) => `not compared: ${name} (${reason})`);
  return [...lines, ...notes, `${number(checked)} compared, ${counted(differences.length, "difference")}`].join("\n");
}

/** What `optimize` did, for people; what it would do, as SQL. */
export function optimizationText(done: Optimization): string {
  if (done.dry_run) return sqlText(done);
  const rows = done.steps.flatMap(({ step, outcomes }) =>
    outcomes.map(({ subject, status, seconds, bytes_before, bytes_after, message }) => [
      step,
      subject,
      status,
      seconds === null ? "" : duration(seconds),
      sizes(bytes_before, bytes_after),
      message ?? "",
    ]),
  );
  const count = (status: Outcome["status"]) => rows.filter(([, , found]) => found === status).length;
  const left = count("failed") + (done.interrupted ? 1 : 0);
  const summary = [
    `${number(count("done"))} done`,
    `${number(count("failed"))} failed`,
    ...(done.interrupted ? ["interrupted"] : []),
  ].join(", ");
  const again = left > 0 ? ": run it again, it goes on with what is left" : "";
  const heads = ["STEP", "SUBJECT", "RESULT", "TIME", "SIZE", "MESSAGE"];
  return [...(rows.length > 0 ? [table(heads, rows), ""] : []), `${summary}${again}`].join("\n");
}

function sizes(before: number | null, after: number | null): string {
  if (after === null) return "";
  return before === null || before === after ? size(after) : `${size(before)} → ${size(after)}`;
}

/** Statements under the step that they belong to. */
const sqlText = ({ steps }: Optimization): string =>
  steps
    .flatMap(({ step, outcomes }) => [
      `-- ${step}${outcomes.length === 0 ? ": nothing to do" : ""}`,
      ...outcomes.map(({ sql, subject, message }) =>
        sql === null ? `-- not possible: ${subject} ${message}` : `${sql};`,
      ),
    ])
    .join("\n");
