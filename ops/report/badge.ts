import { type Html, html } from "./html";

/** What was found of something: it is as it is to be, it is not, it needs a look, or nobody knows. */
export type Verdict = "pass" | "fail" | "warning" | "unknown";

const SYMBOLS: Readonly<Record<Verdict, string>> = { pass: "✔", fail: "✖", warning: "!", unknown: "?" };

/** A verdict that colour, sign and words say alike. */
export function badge(verdict: Verdict, words: string): Html {
  return html`<span class="badge ${verdict}">${SYMBOLS[verdict]} ${words}</span>`;
}

/** Findings one below the other, each with its verdict's sign. */
export function list(findings: readonly { readonly verdict: Verdict; readonly words: string }[]): Html | undefined {
  if (findings.length === 0) return undefined;
  const item = ({ verdict, words }: (typeof findings)[number]) =>
    html`<li><span class="${verdict}">${SYMBOLS[verdict]}</span>${words}</li>\n`;
  return html`<ul class="findings">\n${findings.map(item)}</ul>`;
}
