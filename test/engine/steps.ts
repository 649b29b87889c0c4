import { isDeepStrictEqual } from "node:util";
import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { STACK_TYPE } from "../../ops/preview/monitor";
import { UNKNOWN } from "../../ops/preview/values";
import type { Engine } from "./engine";
import type { OfflinePreview, StateResource } from "./offline";

/** What the engine did, or plans to do, to each resource but the root stack, by URN. */
export function steps(events: readonly EngineEvent[]): Map<string, StepEventMetadata> {
  const metadata = events.flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? []);
  return new Map(metadata.filter(({ type }) => type !== STACK_TYPE).map((step) => [step.urn, step]));
}

/** Changes of resources, as sorted lines: the operation, the resource, and which of its inputs an update changes. */
export type Plan = readonly string[];

/** What the engine changes. */
export function enginePlan(events: readonly EngineEvent[]): Plan {
  return [...steps(events).values()]
    .flatMap(({ op, urn, diffs }) => (op === "same" ? [] : lines(op, urn, diffs ?? [])))
    .sort();
}

/** What the engine would change now. */
export async function plan({ stack }: Engine): Promise<Plan> {
  const events: EngineEvent[] = [];
  await stack.preview({ onEvent: (event) => events.push(event) });
  return enginePlan(events);
}

/** What previews before and after a change say of what a deployment does. */
export interface OfflinePlan {
  readonly changes: Plan;
  /** What may change besides: the inputs that hold something of which an offline preview knows only that it is not known yet. */
  readonly unknown: Plan;
}

/** Compares two offline previews. */
export function offlinePlan(before: OfflinePreview, after: OfflinePreview): OfflinePlan {
  const [old, wanted] = [before, after].map(({ resources }) => new Map(resources.map((one) => [one.urn, one.inputs])));
  const changes: string[] = [];
  const unknown: string[] = [];
  for (const urn of new Set([...(old?.keys() ?? []), ...(wanted?.keys() ?? [])])) {
    const [from, to] = [old?.get(urn), wanted?.get(urn)];
    if (from === undefined) changes.push(...lines("create", urn));
    if (to === undefined) changes.push(...lines("delete", urn));
    if (from === undefined || to === undefined) continue;
    const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
    const changed = keys.filter((key) => !isDeepStrictEqual(from[key], to[key]));
    changes.push(...lines("update", urn, changed));
    unknown.push(
      ...lines(
        "update",
        urn,
        keys.filter((key) => JSON.stringify(to[key])?.includes(UNKNOWN)),
      ),
    );
  }
  return { changes: changes.sort(), unknown };
}

function lines(op: string, urn: string, keys: readonly string[] = []): string[] {
  const resource = shown(urn);
  return op === "update" ? keys.map((key) => `update ${resource} ${key}`) : [`${op} ${resource}`];
}

/** A resource by the last part of its type, and its name: `Instance database-writer`. */
export function shown(urn: string): string {
  const [types = "", name = ""] = urn.split("::").slice(-2);
  return `${types.split(":").at(-1)} ${name}`;
}

/** The URN of the resource that is {@link shown} so. */
export function urnOf(resource: string, resources: readonly StateResource[]): string {
  const [found, ...others] = resources.filter(({ urn }) => shown(urn) === resource);
  if (found === undefined || others.length > 0)
    throw new Error(`${resource} is shown by ${others.length + (found ? 1 : 0)} resources`);
  return found.urn;
}
