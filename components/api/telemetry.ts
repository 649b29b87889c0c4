import type * as k8s from "@pulumi/kubernetes";
import { SERVICE } from "../../sizing/service";

/**
 * Port on which the CloudWatch agent takes traces and the metrics of Application Signals, by OTLP over HTTP, on every
 * node (aws/amazon-cloudwatch-agent: the receiver of `application_signals`, which the add-on switches on). With the agent's
 * role, traces go from there to X-Ray and metrics to CloudWatch.
 */
export const TELEMETRY_PORT = 4316;

/** Address of the agent on the pod's own node: the agent has the node's network, so that no name is looked up and no zone crossed. */
const AGENT = `http://$(NODE_ADDRESS):${TELEMETRY_PORT}`;

const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });

/**
 * Where the pod's traces go, and its metrics if Application Signals is to have them, and what they say of the pod.
 * Kubernetes puts what only it knows into the variables that come after.
 *
 * Of the namespace the agent makes the environment under which Application Signals has the service,
 * `eks:<cluster>/<namespace>`, and of the others what relates it to Container Insights: workload, pod and node
 * (`plugins/processors/awsapplicationsignals/internal`: `resolver/kubernetes.go`, `normalizer/attributesnormalizer.go`;
 * `plugins/processors/awsentity`).
 */
export const telemetry = (applicationSignals: boolean): k8s.types.input.core.v1.EnvVar[] => [
  field("NODE_ADDRESS", "status.hostIP"),
  field("NODE_NAME", "spec.nodeName"),
  field("POD_NAME", "metadata.name"),
  { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: AGENT },
  ...(applicationSignals
    ? [{ name: "OTEL_AWS_APPLICATION_SIGNALS_EXPORTER_ENDPOINT", value: `${AGENT}/v1/metrics` }]
    : []),
  {
    name: "OTEL_RESOURCE_ATTRIBUTES",
    value: [
      `k8s.namespace.name=${SERVICE.namespace}`,
      `k8s.deployment.name=${SERVICE.name}`,
      "k8s.pod.name=$(POD_NAME)",
      "k8s.node.name=$(NODE_NAME)",
    ].join(","),
  },
];
