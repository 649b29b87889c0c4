import type { Wanted } from "../../database/migrations/wanted.ts";
import type { Reader } from "../connection.ts";
import type { Expected } from "../expected.ts";
import type { Index } from "../indexes.ts";
import type { Server } from "../server.ts";
import type { Thresholds } from "./thresholds.ts";

/** `critical`: it fails or will; `warning`: it costs; `info`: worth knowing. */
export type Severity = "critical" | "warning" | "info";

/** What `analyze` looks for. */
export type CheckName =
  | "slow-queries"
  | "cache"
  | "missing-indexes"
  | "invalid-indexes"
  | "duplicate-indexes"
  | "unused-indexes"
  | "bloat"
  | "vacuum"
  | "wraparound"
  | "connections"
  | "transactions"
  | "locks"
  | "settings";

/** Something that was found. */
export interface Finding {
  readonly check: CheckName;
  readonly severity: Severity;
  /** What it is about: a table, an index, a parameter, … */
  readonly subject: string;
  /** What was found, with its figures. */
  readonly found: string;
  /** What to do; null where there is nothing to do. */
  readonly advice: string | null;
  /** The figures by themselves. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

/** What the checks work on. */
export interface Inspection {
  readonly reader: Reader;
  readonly server: Server;
  readonly wanted: Wanted;
  readonly indexes: readonly Index[];
  /** What the server is to be configured with; undefined when nobody said. */
  readonly expected: Expected | undefined;
  readonly thresholds: Thresholds;
}

/** Looks for one kind of thing. */
export type Check = (inspection: Inspection) => Promise<Finding[]>;
