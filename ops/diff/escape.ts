/** Characters that Markdown, or GitHub's extensions of it, or HTML could take for markup. */
const SPECIAL = /[&<>`*_[\]|~\\$]/;

/**
 * Text that GitHub's Markdown shows as it is: no markup, no link, no mention, no reference to an issue.
 *
 * @param max characters of what is written; a longer text is cut
 */
export function escaped(text: string, max = Number.POSITIVE_INFINITY): string {
  let written = "";
  // A colon joins what is a link or an emoji; after a word it does no harm.
  for (const character of text.replace(/\s+/g, " ").replace(/:(?=\S)/g, "\0")) {
    const next = escapedCharacter(character);
    if (written.length + next.length >= max) return `${written}…`;
    written += next;
  }
  return written.replace(/www\./gi, (www) => `${www.slice(0, 3)}&#46;`);
}

function escapedCharacter(character: string): string {
  // Whoever is mentioned would be told: a mention is sought in the text as it is read, without its entities.
  if (character === "@" || character === "#") return `&#${character.charCodeAt(0)};&#8203;`;
  if (character === "\0") return "&#58;";
  return SPECIAL.test(character) ? `&#${character.charCodeAt(0)};` : character;
}

/** Text as code, in which nothing is markup either. */
export function code(text: string, max = 120): string {
  return `<code>${escaped(text, max) || " "}</code>`;
}

/** A sentence of ours, with what a pull request wrote in it; what stands between backticks is code. */
export function sentence(text: string, max = 600): string {
  return text
    .split("`")
    .map((part, index) => (index % 2 === 1 ? code(part, max) : escaped(part, max)))
    .join("");
}
