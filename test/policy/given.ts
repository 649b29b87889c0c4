import * as T from "../../policy/framework/types";
import { fullName, type Given } from "./engine";

/** What a fixture may say of a resource besides type and properties. */
type More = Partial<Pick<Given, "name" | "refs" | "protect" | "ignoreChanges">>;

/** A resource. */
export const given = (type: string, props: Record<string, unknown> = {}, more: More = {}): Given => ({
  type,
  name: type.slice(type.lastIndexOf(":") + 1).toLowerCase(),
  props,
  refs: {},
  protect: false,
  ignoreChanges: [],
  ...more,
});

/** One resource of a type, with properties laid over a sound one. */
export const one =
  (type: string, sound: Record<string, unknown>) =>
  (props: Record<string, unknown> = {}): Given[] => [given(type, { ...sound, ...props })];

/** An object of a kind that runs pods, with the pods' spec where the kind holds it. */
export function workload(spec: Record<string, unknown>, type: (typeof T.WORKLOADS)[number] = T.DEPLOYMENT): Given {
  switch (type) {
    case T.POD:
      return given(type, { spec });
    case T.CRON_JOB:
      return given(type, { spec: { jobTemplate: { spec: { template: { spec } } } } });
    default:
      return given(type, { spec: { template: { spec } } });
  }
}

/** The digest that ends a reference to an image. */
export const DIGEST = `@sha256:${"0123456789abcdef".repeat(4)}`;

/** The fixture with one property of one resource changed: `edit(stack, "api", "spec.replicas", 1)`. Undefined removes it. */
export function edit(stack: readonly Given[], name: string, path: string, value: unknown): Given[] {
  const target = find(stack, name);
  const props = structuredClone(target.props);
  const keys = path.split(".");
  const last = keys.pop() ?? "";
  let owner = props;
  for (const key of keys) {
    owner[key] ??= {};
    owner = owner[key] as Record<string, unknown>;
  }
  owner[last] = value;
  return stack.map((resource) => (resource === target ? { ...target, props } : resource));
}

/** The fixture with other facts about one resource than its properties. */
export function change(stack: readonly Given[], name: string, more: More): Given[] {
  const target = find(stack, name);
  return stack.map((resource) => (resource === target ? { ...target, ...more } : resource));
}

/** The fixture without one resource. */
export function without(stack: readonly Given[], name: string): Given[] {
  const target = find(stack, name);
  return stack.filter((resource) => resource !== target);
}

function find(stack: readonly Given[], name: string): Given {
  const target = stack.find((resource) => resource.name === name || fullName(resource) === name);
  if (target === undefined) {
    throw new Error(`the fixture has no resource ${name}`);
  }
  return target;
}
