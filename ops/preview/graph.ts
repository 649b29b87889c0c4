/** The options a resource was registered with. An option that was not given is absent. */
export interface RecordedOptions {
  readonly protect?: boolean;
  readonly ignoreChanges?: readonly string[];
  /** URNs of everything this resource waits for: `dependsOn` and the sources of its inputs; components by their parts. */
  readonly dependsOn: readonly string[];
  /** URNs under which the resource may have been deployed before. */
  readonly aliases?: readonly string[];
  readonly retainOnDelete?: boolean;
  /** The URN of the resource whose deletion also deletes this one. */
  readonly deletedWith?: string;
  readonly deleteBeforeReplace?: boolean;
  readonly replaceOnChanges?: readonly string[];
  /** URNs of the resources whose replacement also replaces this one. */
  readonly replaceWith?: readonly string[];
  readonly additionalSecretOutputs?: readonly string[];
  readonly hideDiffs?: readonly string[];
  /** Durations as the engine takes them: `"30m"`. */
  readonly customTimeouts?: Readonly<Partial<Record<"create" | "update" | "delete" | "read", string>>>;
  /** The identifier of an existing resource to adopt. */
  readonly import?: string;
  /** The version of the provider that the SDK asks for. */
  readonly version?: string;
}

/** One resource as the program registered it; what is secret or not yet known is masked. */
export interface RecordedResource {
  readonly urn: string;
  /** The type token: `aws:ec2/vpc:Vpc`, `pynomaly:network:Network`. */
  readonly type: string;
  readonly name: string;
  /** The URN of the parent: a component or the stack. */
  readonly parent: string;
  /** `true`: managed by a provider; `false`: a component. */
  readonly custom: boolean;
  /** Inputs with sorted keys; secrets are `"[secret]"`, values known only after a deployment `"[unknown]"`. */
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly options: RecordedOptions;
  /** The URN of the explicit provider. */
  readonly provider?: string;
  /** Per input, the URNs of the resources its value comes from. */
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
}

/** Everything a program registered, without the root stack itself. */
export class Graph {
  constructor(
    /** The URN of the root stack: the parent of whatever has no other parent. */
    readonly stack: string,
    /** All resources, sorted by URN. */
    readonly resources: readonly RecordedResource[],
    /** The stack's outputs, masked as inputs are. */
    readonly outputs: Readonly<Record<string, unknown>>,
    /** The tokens of the provider functions the program called; each call failed. */
    readonly invokes: readonly string[],
  ) {}

  /** The resources of a type token, sorted by URN. */
  byType(type: string): RecordedResource[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** The one resource of a name. Throws when there is none, or when resources of several types share the name. */
  byName(name: string): RecordedResource {
    const [found, ...others] = this.resources.filter((resource) => resource.name === name);
    if (found === undefined) {
      const names = this.resources.map((resource) => resource.name).sort();
      throw new Error(`no resource is named "${name}"; there are: ${names.join(", ")}`);
    }
    if (others.length > 0) {
      const types = [found, ...others].map((resource) => resource.type);
      throw new Error(`"${name}" names ${types.length} resources: ${types.join(", ")}`);
    }
    return found;
  }

  /** The resources whose parent has this URN, sorted by URN. */
  childrenOf(urn: string): RecordedResource[] {
    return this.resources.filter((resource) => resource.parent === urn);
  }
}

/** The URN in a reference to a provider, which the engine writes as `urn::id`. */
export function urnOfReference(provider: string): string {
  return provider.slice(0, provider.lastIndexOf("::"));
}
