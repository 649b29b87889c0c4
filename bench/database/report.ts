import type { Spread } from "../api/ratios.ts";
import { figure, table } from "../api/report.ts";
import type { Choice } from "./measure-choices.ts";
import type { IndexCost } from "./measure-indexes.ts";
import type { ParametersResult } from "./measure-parameters.ts";
import type { Comparison } from "./measure-partitions.ts";
import type { QueryCost } from "./measure-queries.ts";
import type { Plans } from "./plans.ts";

/** All that one run of the benchmark found; a part that was not asked for is absent. */
export interface Result {
  readonly date: string;
  readonly machine: string;
  readonly server: string;
  readonly rows: number;
  readonly queries?: readonly QueryCost[];
  readonly indexes?: readonly IndexCost[];
  readonly choices?: readonly Choice[];
  readonly parameters?: ParametersResult;
  readonly partitions?: readonly Comparison[];
}

/** How many times fewer pages the indexes are to leave of those that a query would look at without them, if these are many. */
const GOAL = 50;
const MANY_PAGES = 1000;

/** The report, as Markdown. */
export function report(result: Result): string {
  return [
    `# Database benchmark, ${result.date}`,
    `${result.machine}; ${result.server}; ${result.rows.toLocaleString("en")} anomalies, and as many records in one dataset.`,
    ...(result.queries === undefined ? [] : queryPart(result.queries)),
    ...(result.indexes === undefined ? [] : indexPart(result.indexes)),
    ...(result.partitions === undefined ? [] : partitionPart(result.partitions)),
    ...(result.choices === undefined ? [] : choicePart(result.choices)),
    ...(result.parameters === undefined ? [] : parametersPart(result.parameters)),
  ].join("\n\n");
}

/** Where they are the same, one figure. */
const pages = ({ custom, generic }: Plans): string =>
  custom.buffers === generic.buffers ? String(custom.buffers) : `${custom.buffers} / ${generic.buffers}`;

const indexNames = ({ custom, generic }: Plans): string => {
  const names = [custom, generic].map(({ indexes }) => indexes.join(", ") || "none");
  return names[0] === names[1] ? (names[0] ?? "") : names.join(" / ");
};

function queryPart(costs: readonly QueryCost[]): string[] {
  return [
    "## Queries",
    table(
      ["", "query", "median ms", "p95 ms", "pages", "without indexes", "times fewer", "indexes"],
      costs.map(({ name, source, counts, times, plans, bare }) => [
        source,
        name,
        figure(times.median),
        figure(times.p95),
        pages(plans),
        pages(bare),
        fewer({ source, counts, plans, bare }),
        indexNames(plans),
      ]),
    ),
    `Times are a client's, of prepared statements that are run again and again. Pages are buffers, hit or read; a / b: by the plan for the values, and by the one for any values. Times fewer: goal >= ${GOAL}.`,
  ];
}

function fewer({ source, counts, plans, bare }: Pick<QueryCost, "source" | "counts" | "plans" | "bare">): string {
  const ratio = bare.custom.buffers / plans.custom.buffers;
  if (ratio === 1) return "";
  const below = source === "API" && !counts && bare.custom.buffers > MANY_PAGES && ratio < GOAL;
  return `${figure(ratio)}${below ? " (below)" : ""}`;
}

function indexPart(costs: readonly IndexCost[]): string[] {
  return [
    "## Indexes, each taken away alone",
    table(
      ["index", "MB", "CPU of an insert", "log bytes a row", "serves (pages with, without it)"],
      costs.map(({ name, bytes, insert, serves }) => [
        name,
        figure(bytes / 2 ** 20),
        insert === undefined ? "" : `${(insert.share * 100).toFixed(0)} %`,
        insert === undefined ? "" : figure(insert.logPerRow),
        serves
          .map((served) => `${served.source}: ${served.name} (${pages(served.plans)}, ${pages(served.without)})`)
          .join("; ") || "nothing",
      ]),
    ),
    "CPU of an insert: the index' share of what 10,000 rows take with all indexes.",
  ];
}

function partitionPart(comparisons: readonly Comparison[]): string[] {
  return [
    "## Anomalies partitioned by month",
    table(
      ["work", "", "one table", "by month", "times"],
      comparisons.map(({ work, unit, plain, partitioned }) => [
        work,
        unit,
        figure(plain),
        figure(partitioned),
        figure(partitioned / plain),
      ]),
    ),
  ];
}

function choicePart(choices: readonly Choice[]): string[] {
  return [
    "## Views, counts, predictions",
    table(
      ["what", "", ""],
      choices.map(({ what, unit, value }) => [what, figure(value), unit]),
    ),
  ];
}

const range = ({ median, min, max }: Spread): string => `${figure(median)} [${figure(min)}–${figure(max)}]`;

function parametersPart({ classes, alone, index }: ParametersResult): string[] {
  return [
    "## Parameters",
    table(
      ["class", "PostgreSQL's own, times the time", "pages read: the stack's", "PostgreSQL's own"],
      classes.map(({ name, time, read }) => [name, range(time), figure(read[0]), figure(read[1])]),
    ),
    table(
      ["PostgreSQL's own value of", "times the CPU", "time of reads", "time of writes", "bytes of log"],
      alone.map(({ without, cpu, reads, writes, log }) => [
        without,
        range(cpu),
        range(reads),
        range(writes),
        range(log),
      ]),
    ),
    "Above 1 the stack's value is the better one. CPU: of the server, for one operation of the mixed load. Times: of statements in the server, each class counting alike. Median of the rounds [least–greatest].",
    `An index on all anomalies by model and time: ${range(index.tuned)} s of CPU with the stack's maintenance_work_mem, ${range(index.other)} with PostgreSQL's own.`,
  ];
}
