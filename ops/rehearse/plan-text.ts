import { availableParallelism } from "node:os";
import { readableSize } from "../../sizing/units";
import { colors } from "../preview/colors";
import type { Plan } from "./plan";

/** What runs here in place of the stack, and in what it differs. */
export function planText(plan: Plan): string {
  const { options, machine, sizing, stackMemory, environment, pods } = plan;
  const { database, cache } = sizing;
  const of = (own: number, scaled: boolean, stack: string) =>
    scaled ? `${readableSize(own)}, for this machine, in place of ${stack}` : `${stack}, as in the stack`;
  const rows: readonly (readonly [string, string])[] = [
    ["machine", `${availableParallelism()} CPUs; ${readableSize(machine.bytes)} of memory by ${machine.source}`],
    ["anomalies", options.anomalies.toLocaleString("en")],
    [
      `PostgreSQL ${plan.major}`,
      `${database.parameters.length} parameters, sized for ` +
        of(database.memoryBytes, database.scaled, `${plan.databaseClass}'s ${readableSize(stackMemory.database)}`),
    ],
    ["", sizeText(plan)],
    ["", `left out: ${leftOutText(database.leftOut)}`],
    [
      "Redis",
      `maxmemory ${of(cache.maxMemoryBytes, cache.scaled, `${plan.cacheNode}'s ${readableSize(stackMemory.cache)}`)}; ` +
        cache.parameters.map(({ name, value }) => `${name} ${value}`).join(", "),
    ],
    ["", `left out: ${leftOutText(cache.leftOut)}`],
    ["service", `1 pod, of the stack's ${pods.min} to ${pods.max}, with ${environment.variables.WORKERS} worker`],
    ...environment.differences.map(({ name, reason }) => ["", `otherwise: ${name} (${reason})`] as const),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    colors.bold(`Rehearsal of ${options.stack}`),
    ...rows.map(([name, value]) => `  ${colors.dim(name.padEnd(width))}  ${value}`),
    "",
  ].join("\n");
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
function leftOutText(leftOut: readonly { readonly name: string; readonly reason: string }[]): string {
  const reasons = [...new Set(leftOut.map(({ reason }) => reason))];
  return reasons
    .map((reason) => {
      const names = leftOut.filter((one) => one.reason === reason).map(({ name }) => name);
      return `${names.join(", ")} (${reason})`;
    })
    .join("; ");
}
