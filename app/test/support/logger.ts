import type { Logger } from "../../src/database/session.ts";

/** A logger that keeps what it is told. */
export interface MemoryLogger extends Logger {
  /** `level message: reason`. */
  readonly lines: string[];
}

/** Makes an empty one. */
export function memoryLogger(): MemoryLogger {
  const lines: string[] = [];
  const at = (level: string) => (details: object, message: string) => {
    lines.push([`${level} ${message}`, ...Object.values(details)].join(": "));
  };
  return { lines, debug: at("debug"), info: at("info"), warn: at("warn") };
}
