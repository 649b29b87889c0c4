import pg from "pg";

/** By PostgreSQL's numbers of types: those that node-postgres leaves as text, or cuts to milliseconds. */
const OWN_PARSERS: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [20, Number], // int8: identities and counts stay below 2^53
  [1700, Number], // numeric
  [1184, isoTimestamp], // timestamptz: a Date has no microseconds, which a cursor needs
]);

/** How values become JavaScript's, for the pools alone: other users of node-postgres keep theirs. */
export const parsedTypes: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    OWN_PARSERS.get(oid) ?? pg.types.getTypeParser(oid, format),
};

const unchanged = (text: string) => text;

/** Every value stays PostgreSQL's own text. */
export const textTypes: pg.CustomTypesConfig = { getTypeParser: () => unchanged };

/** Where a fraction begins in a time whose year has four digits: `2026-11-23 10:00:00.123456+00`. */
const FRACTION = 19;

/**
 * PostgreSQL's text of a `timestamptz` as ISO 8601 in UTC with microseconds: `2026-11-23T10:00:00.123456Z`.
 *
 * @throws Error when the text is no time in PostgreSQL's ISO style; `infinity` is none
 */
export function isoTimestamp(text: string): string {
  // Nearly all are this: UTC, which is the server's zone, and a year of four digits.
  if (text.endsWith("+00") && text[10] === " ") {
    const fraction = text.slice(FRACTION + 1, -3);
    if (text[FRACTION] === "." || fraction === "") {
      return `${text.slice(0, 10)}T${text.slice(11, FRACTION)}.${fraction.padEnd(6, "0")}Z`;
    }
  }
  return convertedTimestamp(text);
}

const TIMESTAMP =
  /^(?<year>\d{4,6})-(?<month>\d\d)-(?<day>\d\d) (?<time>\d\d:\d\d:\d\d)(?:\.(?<fraction>\d{1,6}))?(?<sign>[+-])(?<hours>\d\d)(?::(?<minutes>\d\d))?(?::(?<seconds>\d\d))?(?<before> BC)?$/;

/** Any zone and any year. The offset is whole seconds, so the fraction stays. */
function convertedTimestamp(text: string): string {
  const parts = TIMESTAMP.exec(text)?.groups;
  if (parts === undefined) throw new Error(`"${text}" is not a timestamptz of PostgreSQL`);
  const { year, month, day, time, fraction = "", sign, hours, minutes = 0, seconds = 0, before } = parts;
  // ISO 8601 has a year 0, which is 1 BC.
  const isoYear = before === undefined ? Number(year) : 1 - Number(year);
  const signedYear = `${isoYear < 0 ? "-" : "+"}${String(Math.abs(isoYear)).padStart(6, "0")}`;
  const offset = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  const local = Date.parse(`${signedYear}-${month}-${day}T${time}Z`);
  const utc = new Date(local - (sign === "-" ? -offset : offset) * 1000).toISOString();
  return `${utc.slice(0, -".000Z".length)}.${fraction.padEnd(6, "0")}Z`;
}
