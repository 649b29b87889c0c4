import type { RecordedResource } from "../preview/graph";
import type { Effect } from "./disruptions";

/** Where an input, or an option, of a resource differs. */
export interface PropertyChange {
  /** `["parameters", "work_mem", "value"]`; options begin with `"options"`. */
  readonly path: readonly string[];
  /** Absent: there was none. What is known only after a deployment is told by where it comes from: `"[from network-vpc]"`. */
  readonly before?: unknown;
  readonly after?: unknown;
  readonly effect: Effect;
  /** What that means, or why it follows. */
  readonly why?: string;
}

/** A resource that is not as it was. */
export interface ResourceChange {
  readonly kind: "added" | "changed" | "replaced" | "renamed" | "deleted";
  /** After the change; of a deleted resource, before. */
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** The names of the components that it is part of, outermost first. */
  readonly components: readonly string[];
  readonly before?: RecordedResource;
  readonly after?: RecordedResource;
  /** Its URN before, where that was another. */
  readonly renamedFrom?: string;
  readonly properties: readonly PropertyChange[];
  /** The worst of its properties' effects. */
  readonly effect: Effect;
}

/** What differs between two graphs, resource by resource. */
export interface GraphDiff {
  /** Sorted by component and name. */
  readonly changes: readonly ResourceChange[];
  readonly unchanged: number;
  /** Providers whose version changed: each resource of theirs has it, so it is said once. */
  readonly versions: readonly { readonly provider: string; readonly before: string; readonly after: string }[];
}

/** A resource on both sides, and how it differs. */
export interface Pair {
  readonly before: RecordedResource;
  readonly after: RecordedResource;
  readonly properties: PropertyChange[];
}
