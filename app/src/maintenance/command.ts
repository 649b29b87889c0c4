import { parseArgs } from "node:util";
import { Refusal } from "./exit.ts";

/** The parts of `optimize`, in the order in which they are done. */
export const STEPS = ["retention", "indexes", "refresh", "counts", "vacuum", "reindex"] as const;

export type StepName = (typeof STEPS)[number];

/** How the result is written: for people, or as one JSON document. */
export type Format = "text" | "json";

/** What every command may be given. */
interface Common {
  /** Where the database is; without it, the environment says so. */
  readonly url?: string;
  readonly format: Format;
}

/** Days to keep rows; those of a table that is not named are kept for ever. */
export interface Keep {
  readonly anomalies?: number;
  readonly metrics?: number;
}

/** `optimize`, with what it is to do. */
export interface OptimizeCommand extends Common {
  readonly command: "optimize";
  /** Print the SQL, and run none of it. */
  readonly dryRun: boolean;
  readonly steps: readonly StepName[];
  readonly keep: Keep;
  /** Begin the statistics of statements anew at the end. */
  readonly resetStatistics: boolean;
}

/** `analyze` or `verify`, which change nothing. */
export interface ReadCommand extends Common {
  readonly command: "analyze" | "verify";
  /** File with the parameters that the server is to have. */
  readonly expected?: string;
}

export type MaintenanceCommand = OptimizeCommand | ReadCommand | { readonly command: "help" };

/** How the tool is called. */
export const USAGE = `usage: maintain analyze|optimize|verify [options]

  analyze   says what is slow, missing, unused or in the way; changes nothing
  optimize  makes missing indexes, refreshes materialized views, counts past days, vacuums, rebuilds
            bloated indexes
  verify    says where parameters, indexes, views and extensions are not what they are to be; exits 1 then

  --url postgresql://ROLE@HOST:PORT/DATABASE   the database; without it, the environment of the pod.
                           The password comes from PGPASSWORD or .pgpass. Another machine is spoken to over verified
                           TLS; through a tunnel, add ?sslmode=require
  --format text|json       how the result is written (text)
  --expected FILE          analyze, verify: the parameters that the server is to have
  --dry-run                optimize: print the SQL, run none of it
  --only STEP,STEP         optimize: some of ${STEPS.join(", ")}
  --keep-anomalies DAYS    optimize: delete older anomalies, expired sessions and idempotency keys
  --keep-metrics DAYS      optimize: delete older metrics, expired sessions and idempotency keys
  --reset-statistics       optimize: begin the statistics of statements anew at the end

exit code: 0 done, 1 verify found differences, 2 not begun, 3 failed on the way (run it again), 130 interrupted`;

const OPTIONS = {
  url: { type: "string" },
  format: { type: "string" },
  expected: { type: "string" },
  "dry-run": { type: "boolean" },
  only: { type: "string" },
  "keep-anomalies": { type: "string" },
  "keep-metrics": { type: "string" },
  "reset-statistics": { type: "boolean" },
  help: { type: "boolean" },
} as const;

const COMMON = ["url", "format"];

/** Options by command. */
const ALLOWED: Readonly<Record<"analyze" | "optimize" | "verify", readonly string[]>> = {
  analyze: [...COMMON, "expected"],
  verify: [...COMMON, "expected"],
  optimize: [...COMMON, "dry-run", "only", "keep-anomalies", "keep-metrics", "reset-statistics"],
};

const MAX_DAYS = 36_500;

/**
 * Reads the tool's arguments.
 *
 * @throws Refusal that says what is wrong; it repeats no argument that could hold a password
 */
export function maintenanceCommand(args: readonly string[]): MaintenanceCommand {
  const { values, positionals } = parsed(args);
  if (values.help || args.length === 0) return { command: "help" };
  const [command, ...more] = positionals;
  if (command !== "analyze" && command !== "optimize" && command !== "verify") {
    throw new Refusal(`the first argument is analyze, optimize or verify${command ? `, not ${quoted(command)}` : ""}`);
  }
  if (more[0] !== undefined) throw new Refusal(`an argument too many: ${quoted(more[0])}`);
  const misplaced = Object.keys(values).find((name) => !ALLOWED[command].includes(name));
  if (misplaced !== undefined) throw new Refusal(`--${misplaced} does not belong to ${command}`);

  const common = { format: formatOf(values.format), ...(values.url !== undefined && { url: values.url }) };
  if (command !== "optimize") {
    return { command, ...common, ...(values.expected !== undefined && { expected: values.expected }) };
  }
  const keep: Keep = {
    ...days("keep-anomalies", "anomalies", values),
    ...days("keep-metrics", "metrics", values),
  };
  return {
    command,
    ...common,
    dryRun: values["dry-run"] ?? false,
    steps: stepsOf(values.only, keep),
    keep,
    resetStatistics: values["reset-statistics"] ?? false,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    // Node's first sentence quotes an option's name, never its value; a name that is none may be a URL.
    const [message = ""] = (error as Error).message.split(/[.\n]/);
    throw new Refusal(/^[\w\s'<>-]+$/.test(message) ? message : "an option that there is not");
  }
}

/** A word that was typed; not one that may be a URL with a password in it. */
const quoted = (word: string): string => (/^[\w.,-]+$/.test(word) ? `"${word}"` : "one that is no plain word");

function formatOf(value = "text"): Format {
  if (value !== "text" && value !== "json") throw new Refusal(`--format takes text or json, not ${quoted(value)}`);
  return value;
}

/** Rows are deleted only where that is asked for: by the number of days, or by the step's name. */
function stepsOf(only: string | undefined, keep: Keep): StepName[] {
  const deleting = Object.keys(keep).length > 0;
  if (only === undefined) return STEPS.filter((step) => step !== "retention" || deleting);
  const names = only.split(",").map((name) => name.trim());
  const unknown = names.find((name) => !(STEPS as readonly string[]).includes(name));
  if (unknown !== undefined) throw new Refusal(`--only takes ${STEPS.join(", ")}, not ${quoted(unknown)}`);
  if (deleting && !names.includes("retention")) {
    throw new Refusal("days to keep rows belong to the step retention, which --only leaves out");
  }
  return STEPS.filter((step) => names.includes(step));
}

function days(
  option: "keep-anomalies" | "keep-metrics",
  key: keyof Keep,
  values: { readonly [Option in "keep-anomalies" | "keep-metrics"]?: string },
): Keep {
  const text = values[option];
  if (text === undefined) return {};
  const count = /^\d+$/.test(text) ? Number(text) : 0;
  if (count < 1 || count > MAX_DAYS) {
    throw new Refusal(`--${option} takes a whole number of days from 1 to ${MAX_DAYS}, not ${quoted(text)}`);
  }
  return { [key]: count };
}
