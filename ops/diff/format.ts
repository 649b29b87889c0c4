/** Characters of a value that are shown; a longer one is cut. */
const LENGTH = 120;

/** A value on one line: texts as they are, all else as JSON, nothing as `—`. */
export function shown(value: unknown, length = LENGTH): string {
  if (value === undefined) return "—";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line || '""';
}
