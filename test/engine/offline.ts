import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Deployment, StepEventStateMetadata } from "@pulumi/pulumi/automation";
import { ExitCode } from "../../ops/command/errors";
import type { RecordedResource } from "../../ops/preview/graph";
import { STACK_TYPE } from "../../ops/preview/monitor";
import type { Outcome } from "../preview/repository-copy";
import { comparable, mismatches } from "./inputs";
import { repository } from "./repository";
import { type Settings, withSettings } from "./settings";

/** A resource as the offline preview shows it. */
export type PreviewedResource = Pick<RecordedResource, "urn" | "type" | "name" | "parent" | "inputs" | "options">;

/** What `make preview FORMAT=json` prints, as far as the engine can confirm it. */
export interface OfflinePreview {
  readonly resources: readonly PreviewedResource[];
  readonly violations: readonly {
    readonly pack: string;
    readonly rule: string;
    readonly enforcement: string;
    readonly urn: string;
  }[];
}

/** Previews a stack of the repository without an engine. */
export async function previewOffline(stack: string, settings: Settings = {}): Promise<OfflinePreview> {
  const file = `Pulumi.${stack}.yaml`;
  const before = await readFile(join(repository.root, file), "utf8");
  repository.write(file, withSettings(before, settings));
  try {
    return document(await repository.preview({ STACK: stack, FORMAT: "json" }));
  } finally {
    repository.write(file, before);
  }
}

/** Judges an exported state, in a file, without an engine. */
export async function judgeOffline(state: string): Promise<Pick<OfflinePreview, "violations">> {
  return document(await repository.policy({ STATE: state, FORMAT: "json" }));
}

/** The JSON document that a command printed, whether the policies hold or not. */
function document({ code, stdout, stderr }: Outcome): OfflinePreview {
  if (code !== ExitCode.ok && code !== ExitCode.violated) throw new Error(stderr);
  return JSON.parse(stdout);
}

/** A resource in the engine's state, as `pulumi stack export --show-secrets` writes it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  /** The provider's reference: its URN, `::`, its id. */
  readonly provider?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly dependencies?: readonly string[];
  readonly protect?: boolean;
  readonly ignoreChanges?: readonly string[];
  readonly retainOnDelete?: boolean;
  readonly deletedWith?: string;
}

/** The resources of an exported state, without the root stack. */
export function stateResources({ deployment }: Deployment): StateResource[] {
  // A stack in which nothing is left has no list.
  const resources: readonly StateResource[] = deployment.resources ?? [];
  return resources.filter(({ type }) => type !== STACK_TYPE);
}

/** How a deployed resource differs from the one that was previewed; nothing when it is what the preview showed. */
export function differences(previewed: PreviewedResource, deployed: StateResource): string[] {
  const { options } = previewed;
  return [
    ...mismatches("parent", previewed.parent, deployed.parent),
    ...mismatches("inputs", comparable(previewed.inputs), inputsOf(deployed)),
    ...mismatches("dependsOn", options.dependsOn, [...(deployed.dependencies ?? [])].sort()),
    ...mismatches("protect", options.protect ?? false, deployed.protect ?? false),
    ...mismatches("ignoreChanges", options.ignoreChanges, deployed.ignoreChanges),
    ...mismatches("retainOnDelete", options.retainOnDelete ?? false, deployed.retainOnDelete ?? false),
    ...mismatches("deletedWith", options.deletedWith, deployed.deletedWith),
  ].map((difference) => `${previewed.urn}: ${difference}`);
}

/** How the engine's preview of a resource that it would create contradicts the offline one. */
export function previewDifferences(
  previewed: PreviewedResource,
  planned: StepEventStateMetadata | undefined,
): string[] {
  if (planned === undefined) return [`${previewed.urn}: the engine does not plan it`];
  const { options } = previewed;
  return [
    ...mismatches("parent", previewed.parent, planned.parent),
    // The other way round: the engine knows less, such as nothing of Kubernetes before there is a cluster to ask.
    ...mismatches("inputs", inputsOf(planned), comparable(previewed.inputs)),
    ...mismatches("protect", options.protect ?? false, planned.protect ?? false),
    ...mismatches("retainOnDelete", options.retainOnDelete ?? false, planned.retainOnDelete ?? false),
  ].map((difference) => `${previewed.urn}: ${difference}`);
}

/** What the engine has as inputs, without what it adds to a provider's for itself. */
function inputsOf({ type, inputs = {} }: Pick<StateResource, "type" | "inputs">): unknown {
  if (!type.startsWith("pulumi:providers:")) return comparable(inputs);
  const { version: _, __internal: __, ...given } = inputs;
  return comparable(given);
}
