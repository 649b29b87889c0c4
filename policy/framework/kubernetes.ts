import { bytes, cpuMillis } from "../../sizing/units";
import type { Resource, Stack, StackResource } from "./stack";
import { AUTOSCALER, CRON_JOB, NAMESPACE, POD } from "./types";
import type { Value } from "./value";

/** The template that a workload's pods are made from; a bare pod is its own. */
function podTemplate({ type, props }: Resource): Value {
  switch (type) {
    case POD:
      return props;
    case CRON_JOB:
      return props.at("spec.jobTemplate.spec.template");
    default:
      return props.at("spec.template");
  }
}

/** The pod spec of a workload. */
export const podSpec = (workload: Resource): Value => podTemplate(workload).at("spec");

/** The labels of a workload's pods. */
export const podLabels = (workload: Resource): Value => podTemplate(workload).at("metadata.labels");

/** The containers that serve. */
export const appContainers = (workload: Resource): Value[] => podSpec(workload).at("containers").list();

/** Every container of a workload's pods: those that serve, init containers and ephemeral ones. */
export const containers = (workload: Resource): Value[] => [
  ...podSpec(workload).at("initContainers").list(),
  ...appContainers(workload),
  ...podSpec(workload).at("ephemeralContainers").list(),
];

/** `container "api"`: how messages name a container. */
export const containerName = (container: Value): string => `container "${container.at("name").string() ?? "?"}"`;

/** An environment variable that a container is given as a plain value. */
export function variable(container: Value, name: string): Value | undefined {
  return container
    .at("env")
    .list()
    .find((entry) => entry.at("name").string() === name)
    ?.at("value");
}

/** A number in the environment of a workload's containers. */
export function setting(workload: Resource, name: string): number | undefined {
  return appContainers(workload)
    .map((container) => variable(container, name)?.number())
    .find((value) => value !== undefined);
}

/** What one pod asks of the scheduler; a request that cannot be read counts as none. */
export function requests(workload: Resource): { cpuMillis: number; memoryBytes: number } {
  const sum = (resource: string, parse: (text: string) => number) =>
    appContainers(workload).reduce(
      (total, container) => total + quantity(container.at(`resources.requests.${resource}`), parse),
      0,
    );
  return { cpuMillis: sum("cpu", cpuMillis), memoryBytes: sum("memory", bytes) };
}

/** A quantity as Kubernetes writes it; 0 when it is none. */
export function quantity(value: Value, parse: (text: string) => number): number {
  const text = value.string() ?? value.number()?.toString();
  if (text === undefined) {
    return 0;
  }
  try {
    return parse(text);
  } catch {
    return 0;
  }
}

/** The namespace an object lives in: that of the stack, where there is one, else its name. */
export function namespaceOf(stack: Stack, object: StackResource): StackResource | string {
  const referred = object.references("metadata").find(({ type }) => type === NAMESPACE);
  if (referred !== undefined) {
    return referred;
  }
  const name = object.props.at("metadata.namespace").string() ?? "default";
  return stack.ofType(NAMESPACE).find(({ props }) => props.at("metadata.name").string() === name) ?? name;
}

/** Whether a label selector picks a workload's pods; an empty one picks every pod of its namespace. */
export function selects(stack: Stack, owner: StackResource, selector: Value, workload: StackResource): boolean {
  const labels = podLabels(workload);
  return (
    namespaceOf(stack, owner) === namespaceOf(stack, workload) &&
    selector.entries().every(([name, value]) => labels.child(name).string() === value.string())
  );
}

/** The autoscaler that sets a workload's replicas: it refers to the workload, or names it. */
export function autoscalerOf(stack: Stack, workload: StackResource): StackResource | undefined {
  return stack.ofType(AUTOSCALER).find((autoscaler) => {
    const target = autoscaler.props.at("spec.scaleTargetRef");
    return (
      autoscaler.references("spec").includes(workload) ||
      (workload.type.endsWith(`:${target.at("kind").string()}`) &&
        target.at("name").string() === (workload.props.at("metadata.name").string() ?? workload.name) &&
        namespaceOf(stack, autoscaler) === namespaceOf(stack, workload))
    );
  });
}

/** A count that Kubernetes takes as a number or as a share of the whole (`25%`). */
export function countOf(value: Value, whole: number, round: (share: number) => number): number | undefined {
  const percent = /^(\d+)%$/.exec(value.string() ?? "")?.[1];
  return percent === undefined ? value.number() : round((whole * Number(percent)) / 100);
}

/** Kubernetes' default for `maxSurge` and `maxUnavailable` of a Deployment, in % (Kubernetes, "Deployments"). */
const DEFAULT_ROLLOUT_PERCENT = 25;

/** Most pods a rollout adds to, and takes from, a number of replicas. Kubernetes rounds the first up, the second down. */
export function rollout(deployment: Resource, replicas: number): { surge: number; unavailable: number } {
  const strategy = deployment.props.at("spec.strategy");
  if (strategy.at("type").string() === "Recreate") {
    return { surge: 0, unavailable: replicas };
  }
  const share = (property: string, round: (share: number) => number) =>
    countOf(strategy.at(`rollingUpdate.${property}`), replicas, round) ??
    round((replicas * DEFAULT_ROLLOUT_PERCENT) / 100);
  return { surge: share("maxSurge", Math.ceil), unavailable: share("maxUnavailable", Math.floor) };
}

/** Fewest and most pods of a deployment: its autoscaler's bounds, or its own number. */
export function replicaBounds(stack: Stack, deployment: StackResource): { min: number; max: number } {
  const autoscaler = autoscalerOf(stack, deployment);
  if (autoscaler === undefined) {
    const replicas = deployment.props.at("spec.replicas").number() ?? 1;
    return { min: replicas, max: replicas };
  }
  const max = autoscaler.props.at("spec.maxReplicas").number() ?? 1;
  return { min: autoscaler.props.at("spec.minReplicas").number() ?? 1, max };
}

/** Most pods of a deployment at once: at its largest, in the middle of a rollout. */
export function mostPods(stack: Stack, deployment: StackResource): number {
  const { max } = replicaBounds(stack, deployment);
  return max + rollout(deployment, max).surge;
}
