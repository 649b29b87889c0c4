import type { Comparison } from "../diff/compare";
import type { Graph } from "./graph";
import type { Judgement } from "./judge";
import type { Preview } from "./preview";
import { sorted } from "./values";

/**
 * The preview as one JSON document, stable down to the byte: lists in a fixed order, object keys in the alphabet's. Compared with
 * another commit, it has what differs under `against`, resources by their URNs.
 */
export function previewJson(
  { stack, graph, capacity, cost, violations, waivers }: Preview,
  comparison?: Comparison,
): string {
  const resources = graph.resources.map(({ urn, type, name, parent, inputs, options }) => {
    return { urn, type, name, parent, inputs, options };
  });
  const changes = comparison?.changes.map(({ before: _, after: __, ...change }) => change);
  const against = comparison && { ...comparison, changes };
  return stable({
    stack,
    resources,
    outputs: graph.outputs,
    capacity,
    cost: cost ?? null,
    violations,
    waivers,
    against,
  });
}

/** What the policies say as one JSON document, as stable as the preview's. */
export function judgementJson({ stack, violations, waivers }: Judgement): string {
  return stable({ stack, violations, waivers });
}

/**
 * The graph as it is committed: what a change of the program or of its settings changes, and nothing else. The version of
 * a provider is left out, since each resource would repeat what `package-lock.json` says.
 */
export function snapshot(graph: Graph): string {
  const resources = graph.resources.map(({ urn, type, parent, inputs, options: { version: _, ...options } }) => {
    return [urn, { type, parent, inputs, options }] as const;
  });
  return stable(Object.fromEntries(resources));
}

function stable(document: object): string {
  const sortKeys = (_: string, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? sorted({ ...value }) : value;
  return `${JSON.stringify(document, sortKeys, 2)}\n`;
}
