import assert from "node:assert/strict";
import { join } from "node:path";
import type { Graph } from "../../ops/preview/graph";
import { recordProgram } from "../../ops/preview/recorder";
import { readStackConfig } from "../../ops/preview/stack-config";
import { resource } from "../components/graph";
import { root } from "./map";

const index = join(root, "index.ts");

/** The production stack as the repository's own configuration makes it. */
export interface ProductionStack {
  readonly graph: Graph;
  /** An input of a resource, by its path: `spec.replicas`. */
  input(type: string, name: string, path: string): unknown;
  /** Values of an RDS parameter group, by parameter. */
  parameters(group: string): ReadonlyMap<string, string>;
  /** Environment variables that the pods get, the ConfigMap's among them. */
  readonly variables: ReadonlyMap<string, unknown>;
}

let recorded: Promise<ProductionStack> | undefined;

/** Records the stack, once for all tests. */
export function productionStack(): Promise<ProductionStack> {
  recorded ??= record();
  return recorded;
}

async function record(): Promise<ProductionStack> {
  const { graph } = await recordProgram(
    () => {
      delete require.cache[index];
      return require(index) as unknown;
    },
    { stack: "prod", ...readStackConfig(root, "prod") },
  );
  const input = (type: string, name: string, path: string): unknown =>
    path
      .split(".")
      .reduce<unknown>((value, key) => (value as Record<string, unknown>)?.[key], resource(graph, type, name).inputs);
  const parameters = (group: string) => {
    const list = input("aws:rds/parameterGroup:ParameterGroup", group, "parameters") as {
      name: string;
      value: string;
    }[];
    return new Map(list.map(({ name, value }) => [name, value]));
  };
  const [container] = input("kubernetes:apps/v1:Deployment", "api-deployment", "spec.template.spec.containers") as {
    env: { name: string; value: string }[];
  }[];
  assert.ok(container);
  const config = input("kubernetes:core/v1:ConfigMap", "api-config", "data") as Record<string, unknown>;
  const variables = new Map<string, unknown>([
    ...container.env.map(({ name, value }) => [name, value] as const),
    ...Object.entries(config),
  ]);
  return { graph, input, parameters, variables };
}
