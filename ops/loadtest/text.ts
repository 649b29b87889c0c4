import { colors } from "../command/colors";
import { figure } from "../report";
import type { Verdict } from "./goals";
import type { LoadReport, StageReport } from "./report";

const SIGNS: Readonly<Record<Verdict, (words: string) => string>> = {
  met: (words) => colors.green(`✔ ${words}`),
  missed: (words) => colors.red(`✖ ${words}`),
  unknown: (words) => colors.yellow(`? ${words}`),
};

const or = (value: number | undefined) => (value === undefined ? "–" : figure(value));

/** A report for a terminal: the stages, then target, measured and verdict. */
export function loadText(report: LoadReport): string {
  if (report.stages.length === 0) return `${summary(report)}\n`;
  const sections = [
    rows(
      ["stage", "requests/s", "answered/s", "users", "p50 ms", "p95 ms", "p99 ms", "max ms", "failed"],
      report.stages.map(stageRow),
    ),
    rows(
      ["target", "", "measured", "verdict"],
      report.targets.map(({ title, bound, value, unit, measured, verdict }) => [
        title,
        `${bound} ${figure(value)} ${unit}`,
        measured === undefined ? "–" : `${exact(measured, value)} ${unit}`,
        SIGNS[verdict](verdict),
      ]),
    ),
    ...report.stages.flatMap(problems),
    ...report.notes.map((note) => `! ${note}`),
    summary(report),
  ];
  return `${sections.join("\n\n")}\n`;
}

/** 99.95 must not be shown as 100 beside a target of 99.9. */
export function exact(measured: number, target: number): string {
  const shown = figure(measured);
  return shown === figure(target) && measured !== target ? String(measured) : shown;
}

/** In one line: how it went. */
export function summaryOf({ stages, stopped, targets }: LoadReport): string {
  if (stages.length === 0) return `nothing was measured: ${stopped?.message}`;
  const count = (wanted: Verdict) => targets.filter(({ verdict }) => verdict === wanted).length;
  const parts = [`${count("met")} of ${targets.length} targets met`, `${count("missed")} missed`];
  if (count("unknown") > 0) parts.push(`${count("unknown")} not measured to the end`);
  return [parts.join(", "), ...(stopped === undefined ? [] : [`stopped: ${stopped.message}`])].join("; ");
}

function summary(report: LoadReport): string {
  return `${SIGNS[report.verdict](report.verdict)}  ${report.url}: ${summaryOf(report)}`;
}

function stageRow(stage: StageReport): string[] {
  const { p50, p95, p99, max } = stage.latency;
  return [
    stage.name,
    figure(stage.offeredPerSecond),
    figure(stage.answeredPerSecond),
    figure(stage.usersServed),
    ...[p50, p95, p99, max].map(or),
    figure(stage.requests - stage.answered),
  ];
}

/** What went wrong in a stage, by kind. */
export function problemsOf({ statuses, failures }: StageReport): [kind: string, times: number][] {
  const wrong = Object.entries(statuses).filter(([status]) => !status.startsWith("2"));
  return [
    ...wrong.map(([status, times]) => [`status ${status}`, times] as [string, number]),
    ...Object.entries(failures),
  ];
}

function problems(stage: StageReport): string[] {
  const all = problemsOf(stage).map(([kind, times]) => `${kind}: ${figure(times)}`);
  return all.length === 0 ? [] : [`stage ${stage.name}: ${all.join(", ")}`];
}

/** Columns that stand under their titles; numbers at the right. */
function rows(head: readonly string[], body: readonly (readonly string[])[]): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal's colours have no width
  const width = (text: string) => text.replace(/\u001b\[\d+m/g, "").length;
  const widths = head.map((title, column) => Math.max(title.length, ...body.map((row) => width(row[column] ?? ""))));
  const numeric = (column: number) => body.every((row) => /^[\d–]/.test(row[column] ?? ""));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => {
        const space = " ".repeat((widths[column] ?? 0) - width(cell));
        return numeric(column) ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd();
  return [colors.dim(line(head)), ...body.map(line)].join("\n");
}
