import type { Cell } from "./measure.ts";
import { type Ratio, ratios, type Spread, spread } from "./ratios.ts";
import { CONTENDERS, type Contender } from "./servers.ts";
import { KINDS, type Kind } from "./wrk.ts";

/** All that one run of the benchmark found. */
export interface Result {
  readonly date: string;
  readonly machine: string;
  readonly secondsPerCell: number;
  /** The cells of each round. */
  readonly rounds: readonly (readonly Cell[])[];
}

const TITLES: Record<Contender, string> = {
  service: "service",
  a: "A (guide's FastAPI)",
  b: "B (FastAPI, tuned)",
  floor: "floor (bare node:http)",
};

export const figure = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

export const range = ({ median, min, max }: Spread): string => `${figure(median)} [${figure(min)}–${figure(max)}]`;

/** A Markdown table; it reads well on a terminal too. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** The report, as Markdown. */
export function report(result: Result): string {
  const cells = result.rounds.flat();
  const noisy = cells.filter(({ repeats }) => repeats > 0).length;
  return [
    `# API benchmark, ${result.date}`,
    `${result.machine}; 64 connections, ${result.rounds.length} rounds of ${result.secondsPerCell} s a cell; median [least–greatest] of the rounds.`,
    ratioTable(ratios(result.rounds)),
    "CPU: how many times less of it the service takes for a request, its own processes alone.",
    cellTable(cells),
    "p50 to p99 in ms, closed loop; CPU of server, PostgreSQL and Redis in µs for a request; statements and commands for a request.",
    `Others took up to ${figure(Math.max(...cells.map(({ foreign }) => foreign)) * 100)} % of the CPU in a cell; ${noisy} of ${cells.length} were measured again.`,
  ].join("\n\n");
}

function ratioTable(rows: readonly Ratio[]): string {
  return table(
    ["work", "against", "times its requests/s", "goal", "", "CPU"],
    rows.map((row) => [
      row.kind,
      TITLES[row.against],
      range(row.requestsPerSecond),
      `>= ${row.atLeast}`,
      row.reached ? "reached" : "MISSED",
      range(row.cpu),
    ]),
  );
}

function cellTable(cells: readonly Cell[]): string {
  const head = ["work", "server", "requests/s", "p50", "p95", "p99", "CPU", "PG", "Redis", "SQL", "commands", "failed"];
  return table(
    head,
    KINDS.flatMap((kind) => CONTENDERS.flatMap((server) => row(cells, kind, server))),
  );
}

/** Nothing where the pair was not measured. */
function row(cells: readonly Cell[], kind: Kind, server: Contender): string[][] {
  const own = cells.filter((cell) => cell.kind === kind && cell.server === server);
  if (own.length === 0) return [];
  const median = (value: (cell: Cell) => number) => figure(spread(own.map(value)).median);
  return [
    [
      kind,
      TITLES[server],
      range(spread(own.map(({ requestsPerSecond }) => requestsPerSecond))),
      median(({ latency }) => latency.p50),
      median(({ latency }) => latency.p95),
      median(({ latency }) => latency.p99),
      median(({ perRequest }) => perRequest.cpu),
      median(({ perRequest }) => perRequest.databaseCpu),
      median(({ perRequest }) => perRequest.cacheCpu),
      median(({ perRequest }) => perRequest.statements),
      median(({ perRequest }) => perRequest.commands),
      String(own.reduce((sum, { failed }) => sum + failed, 0)),
    ],
  ];
}
