import type { Statement } from "../database/database.ts";
import type { AnomalyFilters, Position } from "./query.ts";

/** A statement and its parameters. */
export interface Call {
  readonly statement: Statement;
  readonly values: readonly unknown[];
}

/** The WHERE clause of the filters that are there, and what is unique about its text. */
interface Where {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * One clause for each combination of filters: `$1 IS NULL OR …` would leave the planner without the index of a filter
 * in the plan that it keeps for all values.
 */
export function where(filters: AnomalyFilters, after?: Position): Where {
  const names: string[] = [];
  const values: unknown[] = [];
  const texts: string[] = [];
  const condition = (name: string, text: (...parameters: string[]) => string, ...given: unknown[]) => {
    if (given[0] === undefined) return;
    names.push(name);
    texts.push(text(...given.map((value) => `$${values.push(value)}`)));
  };
  const { modelId, datasetId, from, to, minSeverity } = filters;
  condition("model", (id) => `model_id = ${id}`, modelId);
  condition("dataset", (id) => `dataset_id = ${id}`, datasetId);
  condition("from", (time) => `timestamp >= ${time}`, from);
  condition("to", (time) => `timestamp < ${time}`, to);
  condition("severity", (severity) => `severity >= ${severity}`, minSeverity);
  condition("after", (time, id) => `(timestamp, id) < (${time}, ${id})`, after?.timestamp, after?.id);
  return {
    name: names.map((name) => `_${name}`).join(""),
    text: texts.length === 0 ? "" : ` WHERE ${texts.join(" AND ")}`,
    values,
  };
}

/**
 * Whether it takes the filters' values to plan a statement well: rows of a common severity are soon found in the order of
 * the list, rare ones by their severity. In one plan for both, rare ones are looked for among all rows.
 */
export function plannedByValue({ minSeverity }: AnomalyFilters): boolean {
  return minSeverity !== undefined;
}
