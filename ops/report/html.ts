/** Markup that goes into a page as it is. Made by {@link html}, which escapes all that is not markup itself. */
export class Html {
  constructor(readonly text: string) {}
}

/** What may stand in a page: text, which is escaped, markup, and lists of both. Nothing is written for undefined and false. */
export type Content = Html | string | number | undefined | false | readonly Content[];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Markup from a template: each value is escaped, in text as in quoted attributes. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Html {
  const parts = strings.flatMap((text, index) => [text, index < values.length ? written(values[index]) : ""]);
  return new Html(parts.join(""));
}

function written(content: Content): string {
  if (content === undefined || content === false) return "";
  if (content instanceof Html) return content.text;
  if (typeof content === "object") return content.map(written).join("");
  return escaped(String(content));
}

/** Control characters, such as a terminal's colours in a quoted error, are not allowed in HTML. */
function escaped(text: string): string {
  return (
    text
      .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "")
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it is they that are replaced
      .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, "\ufffd")
  );
}
