import { availableParallelism } from "node:os";
import { readableSize } from "../../sizing/units";
import { colors } from "../command/colors";
import type { Plan } from "./plan";

/** What runs here in place of the stack, and in what it differs: lines under a name. */
export function planRows(plan: Plan): (readonly [name: string, lines: readonly string[]])[] {
  const { options, machine, sizing, stackMemory, environment, pods } = plan;
  const { database, cache } = sizing;
  const size = (own: number, scaled: boolean, stack: string) =>
    scaled ? `${readableSize(own)}, scaled to this machine from ${stack}` : `${stack}, as in the stack`;
  const databaseStack = `${plan.databaseClass}'s ${readableSize(stackMemory.database)}`;
  const cacheStack = `${plan.cacheNode}'s ${readableSize(stackMemory.cache)}`;
  return [
    ["machine", [`${availableParallelism()} CPUs; ${readableSize(machine.bytes)} of memory, says ${machine.source}`]],
    ["anomalies", [options.anomalies.toLocaleString("en")]],
    [
      `PostgreSQL ${plan.major}`,
      [
        `${database.parameters.length} parameters, for ${size(database.memoryBytes, database.scaled, databaseStack)}`,
        sizeText(plan),
        `left out: ${byReason(database.leftOut)}`,
      ],
    ],
    [
      "Redis",
      [
        `maxmemory ${size(cache.maxMemoryBytes, cache.scaled, cacheStack)}`,
        cache.parameters.map(({ name, value }) => `${name} ${value}`).join(", "),
        `left out: ${byReason(cache.leftOut)}`,
      ],
    ],
    [
      "service",
      [
        `1 pod, of the stack's ${pods.min} to ${pods.max}; WORKERS ${environment.variables.WORKERS}`,
        `otherwise than there: ${byReason(environment.differences)}`,
      ],
    ],
  ];
}

/** The same as text. */
export function planText(plan: Plan): string {
  const rows = planRows(plan);
  const width = Math.max(...rows.map(([name]) => name.length));
  const lines = rows.flatMap(([name, parts]) =>
    parts.map((part, index) => `  ${colors.dim((index === 0 ? name : "").padEnd(width))}  ${part}`),
  );
  return [colors.bold(`Rehearsal of ${plan.options.stack}`), ...lines, ""].join("\n");
}

/** The parameters that follow from memory, for people. */
function sizeText({ sizing: { database } }: Plan): string {
  const factors: Readonly<Record<string, number>> = { "8kB": 8192, kB: 1024, MB: 1024 ** 2 };
  return database.parameters
    .flatMap(({ name, value, unit = "" }) => {
      const factor = factors[unit];
      return factor === undefined || Number(value) === 0 ? [] : [`${name} ${readableSize(Number(value) * factor)}`];
    })
    .join(", ");
}

/** Those of one reason together. */
function byReason(all: readonly { readonly name: string; readonly reason: string }[]): string {
  const reasons = [...new Set(all.map(({ reason }) => reason))];
  return reasons
    .map((reason) => {
      const names = all.filter((one) => one.reason === reason).map(({ name }) => name);
      return `${names.join(", ")} (${reason})`;
    })
    .join("; ");
}
