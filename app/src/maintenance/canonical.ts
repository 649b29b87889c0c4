const TYPE = String.raw`(?:double precision|character varying|bit varying|timestamp with(?:out)? time zone|time with(?:out)? time zone|\w+)`;

/** Texts, which stay; casts, which PostgreSQL adds where it shows a definition. */
const TEXT_OR_CAST = new RegExp(String.raw`('(?:[^']|'')*')|::${TYPE}(?:\(\d+(?:,\d+)?\))?(?:\[\])?`, "gi");

const NUMBER_TEXT = /'(-?\d+(?:\.\d+)?)'/g;
const NOISE = /\b(?:CONCURRENTLY|IF NOT EXISTS|USING btree|ASC)\b|\bpublic\.|[()]/gi;
const TOKEN = /'(?:[^']|'')*'|[\w.]+|[^\s\w]+/g;

/**
 * An index's definition without what may be written one way or another: letters' case, quotes of names, parentheses,
 * casts, the schema, and words that say what holds anyway. Definitions that mean the same are the same text then, as long
 * as migrations write no default, such as `DESC NULLS FIRST`.
 */
export function canonical(definition: string): string {
  const bare = definition
    .replace(TEXT_OR_CAST, (_, text: string | undefined) => text ?? "")
    .replace(NUMBER_TEXT, "$1")
    .replace(NOISE, " ")
    .replace(/"(\w+)"/g, "$1");
  const tokens = bare.match(TOKEN) ?? [];
  return tokens.map((token) => (token.startsWith("'") ? token : token.toLowerCase())).join(" ");
}
