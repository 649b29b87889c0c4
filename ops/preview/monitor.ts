import { runtime } from "@pulumi/pulumi";
import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import {
  type ReadResourceRequest,
  type RegisterResourceOutputsRequest,
  type RegisterResourceRequest,
  RegisterResourceResponse,
  type ResourceInvokeRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { type RecordedOptions, type RecordedResource, urnOfReference } from "./graph";
import { displayAll, sorted, withoutReferences } from "./values";

/** The type token of the root of every stack. */
export const STACK_TYPE = "pulumi:pulumi:Stack";

/** A resource with the values that policies judge, which hold its secrets in plain text: never print them. */
export interface Registration {
  readonly resource: RecordedResource;
  readonly inputs: Struct;
  /** What a component, or the stack, registered as its outputs. */
  readonly outputs?: Struct;
}

type Callback<T = object> = (error: Error | null, response?: T) => void;

const unexpected = () => {
  throw new Error("the recording monitor answers every request itself");
};

/**
 * Stands in for the engine's resource monitor during a first preview: names and keeps each resource that the program
 * registers, and answers with its inputs, so that whatever a provider would compute stays unknown.
 * What needs a cloud to answer (a provider function, a read of an existing resource) is refused by name.
 */
export class RecordingMonitor extends MockMonitor {
  /** What was registered, by URN, in order of registration. */
  readonly registrations = new Map<string, Registration>();
  readonly invokes: string[] = [];

  constructor(
    private readonly project: string,
    private readonly stackName: string,
    private readonly disabledDefaultProviders: readonly string[],
  ) {
    super({ call: unexpected, newResource: unexpected });
  }

  override async registerResource(
    request: RegisterResourceRequest,
    callback: Callback<RegisterResourceResponse>,
  ): Promise<void> {
    const problem = this.refusal(request);
    if (problem !== undefined) return callback(refused(problem));

    const resource = this.describe(request);
    if (this.registrations.has(resource.urn)) {
      return callback(refused(`there are two resources with the URN ${resource.urn}; give one another name`));
    }
    const inputs = judged(request.getObject());
    this.registrations.set(resource.urn, { resource, inputs });
    const response = new RegisterResourceResponse();
    response.setUrn(resource.urn);
    response.setObject(answered(resource.type, inputs));
    callback(null, response);
  }

  override registerResourceOutputs(request: RegisterResourceOutputsRequest, callback: Callback): void {
    const registration = this.registrations.get(request.getUrn());
    if (registration === undefined) {
      callback(refused(`there is no resource with the URN ${request.getUrn()}`));
    } else {
      this.registrations.set(request.getUrn(), { ...registration, outputs: judged(request.getOutputs()) });
      callback(null, {});
    }
  }

  override async invoke(request: ResourceInvokeRequest, callback: Callback): Promise<void> {
    const token = request.getTok();
    this.invokes.push(token);
    callback(refused(`the program calls the provider function ${token}, which needs a cloud; take it from settings`));
  }

  override async readResource(request: ReadResourceRequest, callback: Callback): Promise<void> {
    callback(refused(`the program reads an existing ${request.getType()}, which needs a cloud`));
  }

  override registerStackTransform(_request: unknown, callback: Callback): void {
    callback(refused("the program registers a stack transform, which an offline preview does not apply"));
  }

  /** Why the engine would not take this registration, or this preview could not show it truthfully. */
  private refusal(request: RegisterResourceRequest): string | undefined {
    const type = request.getType();
    if (request.getTransformsList().length > 0) return "it has transforms, which an offline preview does not apply";
    if (request.getRemote()) return "it is a remote component, which needs its plugin";
    if (!request.getCustom() || request.getProvider() !== "" || type.startsWith("pulumi:")) return undefined;
    const pkg = type.split(":")[0] ?? type;
    const disabled = this.disabledDefaultProviders.some((name) => name === "*" || name === pkg);
    return disabled ? `it has no explicit provider, and the default provider of ${pkg} is disabled` : undefined;
  }

  private describe(request: RegisterResourceRequest): RecordedResource {
    const propertyDependencies: Record<string, string[]> = {};
    for (const [property, sources] of request.getPropertydependenciesMap().entries()) {
      const urns = sources.getUrnsList();
      if (urns.length > 0) propertyDependencies[property] = [...urns].sort();
    }
    const provider = request.getProvider();
    return {
      urn: urn(this.stackName, this.project, request.getParent(), request.getType(), request.getName()),
      type: request.getType(),
      name: request.getName(),
      parent: request.getParent(),
      custom: request.getCustom(),
      inputs: displayAll(request.getObject()?.toJavaScript() ?? {}),
      options: this.options(request),
      ...(provider === "" ? {} : { provider: urnOfReference(provider) }),
      propertyDependencies: sorted(propertyDependencies),
    };
  }

  private options(request: RegisterResourceRequest): RecordedOptions {
    const timeouts = request.getCustomtimeouts();
    const customTimeouts = present({
      create: timeouts?.getCreate() || undefined,
      update: timeouts?.getUpdate() || undefined,
      delete: timeouts?.getDelete() || undefined,
      read: timeouts?.getRead() || undefined,
    });
    return present({
      protect: request.hasProtect() ? request.getProtect() : undefined,
      ignoreChanges: list(request.getIgnorechangesList()),
      dependsOn: [...request.getDependenciesList()].sort(),
      aliases: list(request.getAliasesList().map((alias) => this.aliasUrn(alias, request))),
      retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
      deletedWith: request.getDeletedwith() || undefined,
      deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
      replaceOnChanges: list(request.getReplaceonchangesList()),
      replaceWith: list(request.getReplaceWithList()),
      additionalSecretOutputs: list(request.getAdditionalsecretoutputsList()),
      hideDiffs: list(request.getHidediffsList()),
      customTimeouts: Object.keys(customTimeouts).length > 0 ? customTimeouts : undefined,
      import: request.getImportid() || undefined,
      version: request.getVersion() || undefined,
    });
  }

  /** What an alias does not state it shares with its resource. */
  private aliasUrn(alias: Alias, request: RegisterResourceRequest): string {
    const spec = alias.getSpec();
    if (spec === undefined) return alias.getUrn();
    const parent = spec.getNoparent() ? "" : spec.getParenturn() || request.getParent();
    const { stackName, project } = this;
    const type = spec.getType() || request.getType();
    return urn(
      spec.getStack() || stackName,
      spec.getProject() || project,
      parent,
      type,
      spec.getName() || request.getName(),
    );
  }
}

/** The engine's name for a resource: its type is qualified by the types of all its parents but the stack. */
function urn(stack: string, project: string, parent: string, type: string, name: string): string {
  const parentType = parent.split("::")[2] ?? "";
  const qualified = parentType === "" || parentType === STACK_TYPE ? type : `${parentType}$${type}`;
  return `urn:pulumi:${stack}::${project}::${qualified}::${name}`;
}

/** An error as the SDK expects it of a call: parts of it read `message`, others `details`. */
function refused(message: string): Error {
  return Object.assign(new Error(message), { details: message });
}

function judged(properties: Struct | undefined): Struct {
  return Struct.fromJavaScript(withoutReferences(properties?.toJavaScript() ?? {}) as Record<string, JavaScriptValue>);
}

/** A Kubernetes object that is given no name gets one from the provider, not known before. */
function answered(type: string, inputs: Struct): Struct {
  const { metadata = {}, ...others } = inputs.toJavaScript();
  const named = typeof metadata !== "object" || metadata === null || "name" in metadata;
  if (!type.startsWith("kubernetes:") || type.startsWith("kubernetes:helm.sh/") || named) return inputs;
  return Struct.fromJavaScript({ ...others, metadata: { ...metadata, name: runtime.unknownValue } });
}

function list(values: readonly string[]): readonly string[] | undefined {
  return values.length > 0 ? values : undefined;
}

/** The object without the properties that are undefined. */
function present<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
