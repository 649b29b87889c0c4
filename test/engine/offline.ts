import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Deployment } from "@pulumi/pulumi/automation";
import { ExitCode } from "../../ops/preview/errors";
import type { RecordedResource } from "../../ops/preview/graph";
import { STACK_TYPE } from "../../ops/preview/monitor";
import { display, UNKNOWN } from "../../ops/preview/values";
import { REPOSITORY } from "./engine";

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
export function previewOffline(stack: string): Promise<OfflinePreview> {
  return document("preview", { STACK: stack });
}

/** Judges an exported state, in a file, without an engine. */
export function judgeOffline(state: string): Promise<Pick<OfflinePreview, "violations">> {
  return document("policy", { STATE: state });
}

/** The JSON document that a command in `ops/` prints, whether the policies hold or not. */
async function document(command: string, env: Readonly<Record<string, string>>): Promise<OfflinePreview> {
  const printed = promisify(execFile)(process.execPath, [require.resolve("tsx/cli"), `ops/${command}/main.ts`], {
    cwd: REPOSITORY,
    env: { ...process.env, ...env, FORMAT: "json" },
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  const { stdout } = await printed.catch((error: { readonly code?: number; readonly stdout: string }) => {
    if (error.code === ExitCode.violated) return error;
    throw error;
  });
  return JSON.parse(stdout);
}

/** A resource in the engine's state, as `pulumi stack export --show-secrets` writes it. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly parent?: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly dependencies?: readonly string[];
  readonly protect?: boolean;
  readonly ignoreChanges?: readonly string[];
  readonly retainOnDelete?: boolean;
  readonly deletedWith?: string;
}

/** The resources of an exported state, without the root stack. */
export function stateResources({ deployment }: Deployment): StateResource[] {
  const resources: readonly StateResource[] = deployment.resources;
  return resources.filter(({ type }) => type !== STACK_TYPE);
}

/** How a deployed resource differs from the one that was previewed; nothing when it is what the preview showed. */
export function differences(previewed: PreviewedResource, deployed: StateResource): string[] {
  const { options } = previewed;
  const inputs = deployed.type.startsWith("pulumi:providers:") ? withoutEngineKeys(deployed.inputs) : deployed.inputs;
  return [
    ...mismatches("parent", previewed.parent, deployed.parent),
    ...mismatches("inputs", previewed.inputs, display(inputs ?? {})),
    ...mismatches("dependsOn", options.dependsOn, [...(deployed.dependencies ?? [])].sort()),
    ...mismatches("protect", options.protect ?? false, deployed.protect ?? false),
    ...mismatches("ignoreChanges", options.ignoreChanges, deployed.ignoreChanges),
    ...mismatches("retainOnDelete", options.retainOnDelete ?? false, deployed.retainOnDelete ?? false),
    ...mismatches("deletedWith", options.deletedWith, deployed.deletedWith),
  ].map((difference) => `${previewed.urn}: ${difference}`);
}

/** The inputs of a provider without those that the engine adds for itself. */
function withoutEngineKeys({ version, __internal, ...inputs }: StateResource["inputs"] = {}): Record<string, unknown> {
  return inputs;
}

/** Where two values differ. What was unknown at preview may have become anything but nothing. */
function mismatches(path: string, previewed: unknown, deployed: unknown): string[] {
  if (previewed === UNKNOWN && deployed !== undefined) return [];
  if (isObject(previewed) && isObject(deployed)) {
    const keys = new Set([...Object.keys(previewed), ...Object.keys(deployed)]);
    return [...keys].flatMap((key) => mismatches(`${path}.${key}`, previewed[key], deployed[key]));
  }
  if (previewed === deployed) return [];
  return [`${path} was previewed as ${JSON.stringify(previewed)} and is ${JSON.stringify(deployed)}`];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
