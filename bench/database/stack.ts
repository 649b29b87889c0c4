import { require as load } from "tsx/cjs/api";
import { PLAIN } from "./compare.ts";

type Sizing = typeof import("../../sizing/machine.ts");
type Postgres = typeof import("../../sizing/postgres.ts");
type Fields = typeof import("../../settings/fields.ts");
type Timeline = typeof import("../../sizing/timeline.ts");
type Units = typeof import("../../sizing/units.ts");

// Sizing is CommonJS, and written for tsx.
const { plainParameters } = load("../../sizing/machine.ts", import.meta.url) as Sizing;
const { sizedPostgresParameters } = load("../../sizing/postgres.ts", import.meta.url) as Postgres;
const { fields } = load("../../settings/fields.ts", import.meta.url) as Fields;
const { timeline } = load("../../sizing/timeline.ts", import.meta.url) as Timeline;
const { bytes } = load("../../sizing/units.ts", import.meta.url) as Units;

/**
 * The writer's parameters by production's settings, for a server with some memory.
 *
 * @param memoryBytes what sizes are computed from
 */
export function stackParameters(memoryBytes: number): Readonly<Record<string, string>> {
  const { parameters } = plainParameters(
    sizedPostgresParameters({
      memoryBytes,
      engineMajor: String(fields.databaseEngineVersion.default),
      maxConnections: Number(fields.databaseMaxConnections.default),
      workMemBytes: bytes(String(fields.databaseWorkMem.default)),
      statementLogging: "production",
      statementTimeoutMs: timeline.statementTimeoutSeconds * 1000,
      role: "writer",
    }),
  );
  return { ...PLAIN, ...Object.fromEntries(parameters.map(({ name, value }) => [name, value])) };
}
