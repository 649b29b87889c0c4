import type { Comparison } from "../diff/compare";
import { previewMarkdown } from "../diff/markdown";
import { previewPage } from "../diff/page/page";
import { previewJson } from "./json";
import type { Preview } from "./preview";
import { previewText } from "./text";

/** Writes a preview, and what it is compared with, in one of the formats. */
export function documentOf(
  format: "text" | "json" | "markdown" | "html",
  preview: Preview,
  comparison: Comparison | undefined,
): string {
  switch (format) {
    case "text":
      return previewText(preview, comparison);
    case "json":
      return previewJson(preview, comparison);
    case "markdown":
      return previewMarkdown(preview, comparison);
    case "html":
      return previewPage(preview, comparison);
  }
}
