import { type Wanted, wantedSchema } from "../database/migrations/wanted.ts";
import type { Reader } from "./connection.ts";
import type { Expected } from "./expected.ts";
import { deviations, readIndexes } from "./indexes.ts";
import type { Server } from "./server.ts";
import { compareSettings, type Unchecked } from "./settings.ts";

/** Something that is not as it is to be. */
export interface Difference {
  readonly kind: "version" | "parameter" | "index" | "view" | "extension";
  readonly name: string;
  readonly expected: string;
  readonly found: string;
}

/** What `verify` tells. */
export interface Verification {
  /** How many things were compared. */
  readonly checked: number;
  readonly differences: readonly Difference[];
  /** What could not be compared, and why. */
  readonly unchecked: readonly Unchecked[];
}

/** What `verify` works on. */
export interface VerificationOptions {
  readonly reader: Reader;
  readonly server: Server;
  readonly expected?: Expected | undefined;
}

/** Compares a database with what the infrastructure and the migrations make; it changes nothing. */
export async function verify({ reader, server, expected }: VerificationOptions): Promise<Verification> {
  const wanted = wantedSchema();
  const parts = [
    expected === undefined
      ? { checked: 0, differences: [], unchecked: [{ name: "parameters", reason: "no --expected" }] }
      : await parameters(reader, server, expected),
    await indexes(reader, wanted),
    await views(reader, wanted),
    extensions(server, wanted),
  ];
  return {
    checked: parts.reduce((sum, { checked }) => sum + checked, 0),
    differences: parts.flatMap(({ differences }) => differences),
    unchecked: parts.flatMap(({ unchecked }) => unchecked),
  };
}

async function parameters(reader: Reader, server: Server, expected: Expected): Promise<Verification> {
  const { checked, differences, unchecked } = await compareSettings(reader, server, expected);
  const other = String(server.major) !== expected.major;
  const version: Difference = { kind: "version", name: "PostgreSQL", expected: expected.major, found: server.version };
  return {
    checked: checked + 1,
    differences: [
      ...(other ? [version] : []),
      ...differences.map(({ name, expected, found, pending_restart }): Difference => {
        const waits = pending_restart ? " (a new value waits for a restart)" : "";
        return { kind: "parameter", name, expected, found: `${found}${waits}` };
      }),
    ],
    unchecked,
  };
}

async function indexes(reader: Reader, wanted: Wanted): Promise<Verification> {
  const there = await readIndexes(reader);
  const differences = deviations(wanted.indexes, there).map(({ wanted: index, fault, found }): Difference => {
    const expected = index.statement.replace(" CONCURRENTLY", "");
    const instead = fault === "different" ? (found?.definition ?? "") : fault;
    return { kind: "index", name: index.name, expected, found: instead };
  });
  const unchecked = wanted.indexes
    .filter(({ name }) => there.some((index) => index.name === name && index.definition === null))
    .map(({ name, table }) => ({ name, reason: `somebody has ${table} for himself` }));
  return { checked: wanted.indexes.length - unchecked.length, differences, unchecked };
}

async function views(reader: Reader, { views }: Wanted): Promise<Verification> {
  const there = await reader.query<{ name: string; populated: boolean }>(
    "SELECT matviewname AS name, ispopulated AS populated FROM pg_matviews WHERE schemaname = 'public'",
  );
  const differences = views.flatMap((name): Difference[] => {
    const view = there.find((candidate) => candidate.name === name);
    if (view?.populated) return [];
    const found = view === undefined ? "missing" : "never refreshed";
    return [{ kind: "view", name, expected: "a materialized view with its rows", found }];
  });
  return { checked: views.length, differences, unchecked: [] };
}

function extensions(server: Server, { extensions }: Wanted): Verification {
  const differences = extensions
    .filter((name) => !server.extensions.has(name))
    .map((name): Difference => ({ kind: "extension", name, expected: "created", found: "missing" }));
  return { checked: extensions.length, differences, unchecked: [] };
}
