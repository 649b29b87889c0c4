import { type Html, html } from "./html";

/** What was found of something: it is as it is to be, it is not, it needs a look, or nobody knows. */
export type Verdict = "pass" | "fail" | "warning" | "unknown";

const SYMBOLS: Readonly<Record<Verdict, string>> = { pass: "✔", fail: "✖", warning: "!", unknown: "?" };

/** A verdict that colour, sign and words say alike. */
export function badge(verdict: Verdict, words: string): Html {
  return html`<span class="badge ${verdict}">${SYMBOLS[verdict]} ${words}</span>`;
}
