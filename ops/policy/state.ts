import { readFileSync } from "node:fs";
import { runtime } from "@pulumi/pulumi";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { z } from "zod";
import { ConfigurationError } from "../command/errors";
import { type RecordedResource, urnOfReference } from "../preview/graph";
import type { Subject } from "../preview/judge";
import { type Registration, STACK_TYPE } from "../preview/monitor";
import { displayAll, sorted, withoutReferences } from "../preview/values";

const URN = /^urn:pulumi:(?<stack>[\w.-]+)::(?<project>[\w.-]+)::[^:].*?::(?<name>.+)$/;

const urns = z.array(z.string()).nullish();
const seconds = z.number().nullish();

/** What is read of a resource in a state; the engine leaves out what is empty. */
const resourceSchema = z.object({
  urn: z.string().regex(URN, "found something else than a URN"),
  type: z.string(),
  custom: z.boolean().nullish(),
  /** It waits for its deletion; what replaced it has the same URN. */
  delete: z.boolean().nullish(),
  /** It was only read, and belongs to somebody else. */
  external: z.boolean().nullish(),
  inputs: z.record(z.string(), z.unknown()).nullish(),
  outputs: z.record(z.string(), z.unknown()).nullish(),
  parent: z.string().nullish(),
  provider: z.string().nullish(),
  protect: z.boolean().nullish(),
  ignoreChanges: z.array(z.string()).nullish(),
  additionalSecretOutputs: z.array(z.string()).nullish(),
  aliases: urns,
  dependencies: urns,
  propertyDependencies: z.record(z.string(), urns).nullish(),
  customTimeouts: z.object({ create: seconds, update: seconds, delete: seconds }).nullish(),
});

const exportSchema = z.object({ deployment: z.object({ resources: z.array(resourceSchema).nullish() }) });

type StateResource = z.infer<typeof resourceSchema>;

/**
 * Reads what `pulumi stack export` wrote: the stack as the policies are shown it. A secret counts as unknown, be it encrypted
 * or (`--show-secrets`) not: no rule can print it, and the verdict is the same.
 *
 * @param path absolute path of the file
 * @param shown how messages name it
 * @throws ConfigurationError when it is no such file, or holds no resource
 */
export function readState(path: string, shown: string): Subject {
  const refuse = (problem: string) => new ConfigurationError(shown, [problem]);
  const parsed = exportSchema.safeParse(parse(read(path, refuse), refuse));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.join(".") || "the document";
    throw refuse(`not written by pulumi stack export: ${place}: ${issue?.message}`);
  }
  const managed = (parsed.data.deployment.resources ?? []).filter((resource) => !resource.delete && !resource.external);
  const [root, ...others] = managed.sort(rootFirst);
  if (root === undefined) throw refuse("the stack has no resources");
  const { stack = "", project = "" } = URN.exec(root.urn)?.groups ?? {};
  return { project, stack, registrations: [root, ...others].map(registration), deployed: true };
}

/**
 * The exported state in a file for which {@link readState} has vouched, as an engine may be shown it: every secret is unknown, and
 * nothing is left that was to decrypt them.
 */
export function withoutSecrets(path: string): object {
  const { deployment, ...rest } = JSON.parse(readFileSync(path, "utf8")) as StateDocument;
  const { secrets_providers: _, pending_operations: __, resources = [], ...others } = deployment;
  return { ...rest, deployment: { ...others, resources: resources.map(readable) } };
}

interface StateDocument {
  readonly deployment: { readonly resources?: readonly unknown[] } & Readonly<Record<string, unknown>>;
}

function read(path: string, refuse: (problem: string) => Error): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw refuse(code === "ENOENT" ? "there is no such file" : message);
  }
}

/** The parser's own message would quote the file, which may hold secrets. */
function parse(text: string, refuse: (problem: string) => Error): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw refuse("not JSON");
  }
}

function rootFirst(a: StateResource, b: StateResource): number {
  const order = ({ type, urn }: StateResource) => `${type === STACK_TYPE ? 0 : 1}${urn}`;
  return order(a) < order(b) ? -1 : 1;
}

function registration(state: StateResource): Registration {
  return {
    resource: describe(state),
    inputs: judged(state.inputs ?? {}),
    ...(state.outputs == null ? {} : { outputs: judged(state.outputs) }),
  };
}

function describe({ urn, type, ...state }: StateResource): RecordedResource {
  const timeouts = Object.entries(state.customTimeouts ?? {}).filter(([, amount]) => amount != null);
  const dependencies = Object.entries(state.propertyDependencies ?? {});
  return {
    urn,
    type,
    name: URN.exec(urn)?.groups?.name ?? urn,
    parent: state.parent ?? "",
    custom: state.custom ?? false,
    inputs: displayAll(state.inputs ?? {}),
    options: {
      protect: state.protect ?? false,
      ignoreChanges: state.ignoreChanges ?? [],
      dependsOn: [...(state.dependencies ?? [])].sort(),
      aliases: state.aliases ?? [],
      additionalSecretOutputs: state.additionalSecretOutputs ?? [],
      customTimeouts: Object.fromEntries(timeouts.map(([operation, amount]) => [operation, `${amount}s`])),
    },
    ...(state.provider == null ? {} : { provider: urnOfReference(state.provider) }),
    propertyDependencies: sorted(
      Object.fromEntries(dependencies.map(([property, sources]) => [property, [...(sources ?? [])].sort()])),
    ),
  };
}

function judged(properties: Readonly<Record<string, unknown>>): Struct {
  return Struct.fromJavaScript(withoutReferences(readable(properties)) as Record<string, JavaScriptValue>);
}

const CLOSED: readonly unknown[] = [
  runtime.specialSecretSig,
  // The state keeps no more than the hash of a file.
  runtime.specialAssetSig,
  runtime.specialArchiveSig,
];

/** A value of a state with what cannot, or must not, be read of it unknown. */
function readable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  if (CLOSED.includes(Reflect.get(value, runtime.specialSigKey))) return runtime.unknownValue;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, readable(inner)]));
}
