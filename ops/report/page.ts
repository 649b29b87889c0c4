import { type Content, type Html, html } from "./html";
import { style } from "./style";

/** A report, from its title down. */
export interface Page {
  readonly title: string;
  /** Stands under the title: a badge, a sentence. */
  readonly summary?: Content;
  /** What was looked at, when, with what: terms and what they are. */
  readonly facts?: readonly Fact[];
  readonly sections: readonly Section[];
}

export type Fact = readonly [term: string, value: Content];

export interface Section {
  readonly title: string;
  readonly body: Content;
}

/**
 * The page as one HTML document that needs nothing else: no script, no font, no request, which its own policy forbids.
 * It follows the reader's light or dark theme, and prints.
 */
export function page({ title, summary, facts = [], sections }: Page): string {
  const document = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${title}</h1>
${summary !== undefined && html`<p>${summary}</p>`}
${factList(facts)}
</header>
<main>
${sections.map(({ title, body }) => html`<section>\n<h2>${title}</h2>\n${body}\n</section>\n`)}
</main>
</body>
</html>
`;
  return document.text;
}

function factList(facts: readonly Fact[]): Html | undefined {
  if (facts.length === 0) return undefined;
  return html`<dl class="facts">
${facts.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>\n`)}</dl>`;
}
