import assert from "node:assert/strict";
import type { Graph, RecordedResource } from "../support/record";

/** How many resources of each type a graph has: for tests that fail on any resource too many. */
export function count(graph: Graph): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of graph.resources) {
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return counts;
}

/** The one resource of a type and a name; a component's parts of different types may share a name. */
export function resource(graph: Graph, type: string, name: string): RecordedResource {
  const found = graph.byType(type).filter((candidate) => candidate.name === name);
  const [only] = found;
  assert.ok(only && found.length === 1, `${found.length} resources are ${type} "${name}"`);
  return only;
}

/** Names of the resources that an input's value comes from. */
export function sources(of: RecordedResource, input: string): string[] {
  return (of.propertyDependencies[input] ?? []).map(nameOf);
}

/** Names of everything a resource waits for. */
export function waitsFor(of: RecordedResource): string[] {
  return of.options.dependsOn.map(nameOf);
}

const nameOf = (urn: string): string => urn.slice(urn.lastIndexOf("::") + 2);
