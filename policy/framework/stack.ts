import type { PolicyResource, ResourceValidationArgs } from "@pulumi/policy";
import type { Prices } from "../../sizing/prices";
import { Value } from "./value";

/** A resource as a rule sees it. */
export interface Resource {
  readonly urn: string;
  /** Type token, as `aws:rds/instance:Instance`. */
  readonly type: string;
  readonly name: string;
  readonly props: Value;
  /** Whether Pulumi refuses to delete it. */
  readonly protect: boolean;
  /** Properties whose changes Pulumi ignores. */
  readonly ignoreChanges: readonly string[];
}

/** A resource in its stack: one whose relations can be followed. */
export interface StackResource extends Resource {
  /** Properties of the provider that makes it. */
  readonly provider?: Value;
  /** The resources that a top-level property takes values from. */
  references(property: string): readonly StackResource[];
  /** The resources that any of its properties takes values from. */
  allReferences(): readonly StackResource[];
}

/** What each resource was given, by URN. */
export type Inputs = Map<string, PolicyResource["props"]>;

/** All resources of a stack and the relations between them. */
export class Stack {
  readonly resources: readonly StackResource[];

  /**
   * @param inputs what the resources were given. The engine shows a stack's outputs, and a Kubernetes resource has none while its
   * cluster does not exist: it is then judged by its inputs, or the first preview of every stack would fail.
   * @param prices what AWS's list says, where it has been read
   */
  constructor(
    resources: readonly PolicyResource[],
    inputs: Inputs = new Map(),
    readonly prices?: Prices,
  ) {
    const nodes = new Map<PolicyResource, StackResource>();
    for (const resource of resources) {
      const { urn, props } = resource;
      const judged = Object.keys(props).length === 0 ? (inputs.get(urn) ?? props) : props;
      const nodesOf = (dependencies: readonly PolicyResource[]) =>
        dependencies.flatMap((dependency) => nodes.get(dependency) ?? []);
      nodes.set(resource, {
        ...resourceOf({ ...resource, props: judged }),
        ...(resource.provider && { provider: new Value(resource.provider.props) }),
        references: (property) => nodesOf(resource.propertyDependencies[property] ?? []),
        allReferences: () => nodesOf(Object.values(resource.propertyDependencies).flat()),
      });
    }
    this.resources = [...nodes.values()];
  }

  /** The stack itself, which stands for findings about no resource in particular. */
  get root(): StackResource | undefined {
    return this.resources.find(({ type }) => type === "pulumi:pulumi:Stack");
  }

  /** The resources of these types. */
  ofType(...types: readonly string[]): StackResource[] {
    return this.resources.filter((resource) => types.includes(resource.type));
  }

  /** The resources of a type whose property takes a value from the given resource. */
  referring(type: string, property: string, to: StackResource): StackResource[] {
    return this.ofType(type).filter((resource) => resource.references(property).includes(to));
  }
}

/** What a rule sees of a resource that the policy server hands over. */
export function resourceOf(args: PolicyResource | ResourceValidationArgs): Resource {
  return {
    urn: args.urn,
    type: args.type,
    name: args.name,
    props: new Value(args.props),
    protect: args.opts.protect,
    ignoreChanges: args.opts.ignoreChanges,
  };
}
