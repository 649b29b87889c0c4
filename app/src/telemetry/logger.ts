import { type Logger, pino } from "pino";

/** What stands in the place of a secret. */
const REDACTED = "[redacted]";

/** Names under which secrets travel, in any spelling of `-` and `_`. */
const NAMES =
  "(?:proxy[-_]?)?authorization|(?:set[-_]?)?cookie|(?:x[-_]?)?api[-_]?key|(?:\\w*[-_])?token|(?:\\w*[-_])?password|(?:\\w*[-_])?secret";

/**
 * Secrets in a line of the log, wherever they are in it: by the name before them, at any depth and also in JSON that is
 * quoted in a message, and by their own form.
 */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`("(?:${NAMES})":)(?:"(?:[^"\\\\]|\\\\.)*"|\\[[^\\]]*\\])`, "gi"), `$1"${REDACTED}"`],
  [
    new RegExp(`(\\\\"(?:${NAMES})\\\\":\\s*)\\\\"(?:[^"\\\\]|\\\\\\\\(?:\\\\.|[^\\\\"]))*\\\\"`, "gi"),
    `$1\\"${REDACTED}\\"`,
  ],
  // An API key and a session's token.
  [/\bpk_[0-9A-Za-z]{12}_[\w-]{43}|\bps_[\w-]{43}/g, REDACTED],
  [/\b(Bearer|Basic)\s+[\w.~+/-]+=*/gi, `$1 ${REDACTED}`],
  // The password in a URL, and a signed URL's signature.
  [/(:\/\/[^\s:@/"]*:)[^\s@/"]+@/g, `$1${REDACTED}@`],
  [/(X-Amz-(?:Signature|Security-Token)=)[^&\s"\\]+/gi, `$1${REDACTED}`],
];

/** The line without its secrets. */
export function redact(line: string): string {
  return SECRETS.reduce((text, [secret, replacement]) => text.replace(secret, replacement), line);
}

/** Where the log's lines go; without one, to the standard output. */
export interface LogStream {
  write(line: string): void;
}

/**
 * A log of JSON lines without secrets.
 *
 * @param trace fields of the trace that the line belongs to
 */
export function createLogger(level: string, trace?: () => object, stream?: LogStream): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    hooks: { streamWrite: redact },
    ...(trace && { mixin: trace }),
  };
  return stream ? pino(options, stream) : pino(options);
}
