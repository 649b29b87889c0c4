/** RFC 3339. A leap second is allowed, and is the next minute's first, as PostgreSQL has it. */
const RFC_3339 =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(?:\.(\d{1,9}))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

const MINUTE_MS = 60_000;
/** The years that ISO 8601 writes with four digits, without the year 0 that PostgreSQL does not have. */
const FIRST_MS = Date.parse("0001-01-01T00:00:00Z");
const LAST_MS = Date.parse("9999-12-31T23:59:59Z");

/** What is said of a text that {@link utcTimestamp} does not take. */
export const TIMESTAMP_ALLOWED = "a date and time of RFC 3339 with its offset, such as 2026-11-23T10:00:00.123456Z";

/**
 * The one way to write a moment: in UTC with microseconds, which is what PostgreSQL keeps. Digits beyond those are cut
 * off. The texts of two moments compare as the moments do.
 *
 * @param text RFC 3339, with at most nine digits of a second's fraction
 * @returns `undefined` when the text is not allowed, or the year is not one of 0001 to 9999
 */
export function utcTimestamp(text: string): string | undefined {
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const [, second, fraction = "", sign, hours, minutes] = match;
  const minute = new Date(`${text.slice(0, 10)}T${text.slice(11, 16)}:00Z`);
  // JavaScript counts on past a month's end: February 30 is March 2.
  if (minute.getUTCDate() !== Number(text.slice(8, 10))) return undefined;
  const offset = sign === undefined ? 0 : (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
  const time = minute.getTime() + Number(second) * 1000 - offset * MINUTE_MS;
  if (time < FIRST_MS || time > LAST_MS) return undefined;
  return `${new Date(time).toISOString().slice(0, 19)}.${fraction.slice(0, 6).padEnd(6, "0")}Z`;
}
