import { join } from "node:path";
import type { Running, Subject } from "../../../ops/checklist/subject";
import { Graph, type RecordedResource } from "../../../ops/preview/graph";
import { recordProgram } from "../../../ops/preview/recorder";
import { readStackConfig } from "../../../ops/preview/stack-config";
import { packs } from "../../../policy/packs";
import { parseSettings } from "../../../settings";
import { fullName, type Given } from "../../policy/engine";
import type { Edit } from "../../policy/mutations/edits";

const root = join(__dirname, "..", "..", "..");
const index = join(root, "index.ts");

/** Nothing runs. */
export const NOTHING_RUNS: Running = {
  service: { kind: "absent" },
  metrics: { kind: "absent" },
  database: { kind: "absent" },
  cache: { kind: "absent" },
  "load test": { kind: "absent" },
};

/** The production stack, of which every policy holds. */
export async function production(changes: Readonly<Record<string, string>> = {}): Promise<Subject> {
  const { project, config, ...options } = readStackConfig(root, "prod");
  const changed = Object.entries(changes).map(([key, value]): [string, string] => [`${project}:${key}`, value]);
  const all: Record<string, string> = { ...config, ...Object.fromEntries(changed) };
  const program = () => {
    delete require.cache[index];
    return require(index) as unknown;
  };
  const { graph } = await recordProgram(program, { ...options, project, stack: "prod", config: all });
  const own = Object.entries(all).filter(([key]) => key.startsWith(`${project}:`));
  const { settings, plan } = parseSettings(
    "prod",
    Object.fromEntries(own.map(([key, value]) => [key.slice(project.length + 1), value])),
  );
  const evaluated = packs.map(({ name, rules }) => {
    return { name, version: "0.1.0", evaluated: rules.map(({ id }): string => id), disabled: [] };
  });
  const judgement = { packs: evaluated, violations: [] };
  return { stack: "prod", settings, plan, graph, judgement, running: NOTHING_RUNS, root };
}

/** The stack with an edit made to the first resource that it is about; undefined when there is none. */
export function edited(subject: Subject, edit: Edit): Subject | undefined {
  const { graph } = subject;
  const names = new Map(graph.resources.map((resource) => [resource.urn, fullName(resource)]));
  const urns = new Map([...names].map(([urn, name]) => [name, urn]));
  const given = ({ type, name, inputs, propertyDependencies }: RecordedResource): Given => {
    const refs = Object.entries(propertyDependencies).map(([property, from]) => [
      property,
      from.flatMap((urn) => names.get(urn) ?? []),
    ]);
    return {
      type,
      name,
      props: structuredClone(inputs) as Record<string, unknown>,
      refs: Object.fromEntries(refs),
      protect: false,
      ignoreChanges: [],
    };
  };
  const target = graph.resources.find((resource) => edit.on(given(resource)));
  if (target === undefined) return undefined;
  const changed = edit.apply(given(target));
  const resources = graph.resources.flatMap((resource) => {
    if (resource !== target) return resource;
    if (changed === undefined) return [];
    const dependencies = Object.entries(changed.refs ?? {}).map(([property, from]) => [
      property,
      from.flatMap((name) => urns.get(name) ?? []),
    ]);
    return { ...resource, inputs: changed.props, propertyDependencies: Object.fromEntries(dependencies) };
  });
  return { ...subject, graph: new Graph(graph.stack, resources, graph.outputs, graph.invokes) };
}
