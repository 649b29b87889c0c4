/** Fields of every line that say nothing on one machine. */
const PLAIN = new Set(["level", "time", "msg", "pid"]);

/** A line of the service's log for people: time, level, message, and the other fields behind it. Other lines stay as they are. */
export function readable(line: string): string {
  const entry = parsed(line);
  if (entry === undefined) return line;
  const time = String(entry.time ?? "").slice(11, 19);
  const fields = Object.entries(entry)
    .filter(([name]) => !PLAIN.has(name))
    .map(([name, value]) => ` ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return `${time} ${String(entry.level ?? "").padEnd(5)} ${entry.msg ?? ""}${fields.join("")}`;
}

/** Nothing for a line that is no JSON object. */
function parsed(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
