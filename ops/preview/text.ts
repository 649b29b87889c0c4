import type { Preview } from "./preview";
export function previewText(p: Preview): string {
  return `${p.graph.resources.length}\n`;
}
