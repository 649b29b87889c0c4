const KIB = 1024;
const SIZES = ["bytes", "kB", "MB", "GB", "TB"];

/** A size for people, in PostgreSQL's units, which are binary: `12 MB`, `1.4 GB`. */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= KIB && unit < SIZES.length - 1) {
    value /= KIB;
    unit += 1;
  }
  const digits = Number.isInteger(value) || value >= 10 ? 0 : 1;
  return `${value.toFixed(digits)} ${SIZES[unit]}`;
}

/** A length of time for people: `120 ms`, `4.2 s`, `3 min 20 s`, `2 h`, `12 days`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`;
  const [minutes, hours, days] = [60, 3600, 86_400].map((unit) => Math.floor(seconds / unit)) as [
    number,
    number,
    number,
  ];
  if (days > 1) return `${days} days`;
  if (hours > 0) return parts(hours, "h", minutes % 60, "min");
  return parts(minutes, "min", Math.floor(seconds % 60), "s");
}

const parts = (large: number, unit: string, small: number, smaller: string): string =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smaller}`;

/** A number for people: `1,234,567`, `0.25`. */
export const number = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 2 });

/** A share of 1 for people: `97.3 %`. */
export const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

/** So many of a thing: `1 index`, `3 indexes`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;

/** Rows under their heads, the columns aligned; no space at the ends of lines. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      widths
        .map((width, column) => (line[column] ?? "").padEnd(width))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A text that is too long, cut, on one line. */
export function cut(text: string, length: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`;
}
