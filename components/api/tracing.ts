import type * as k8s from "@pulumi/kubernetes";

/**
 * Port on which the CloudWatch agent takes traces by OTLP over HTTP, on every node (aws/amazon-cloudwatch-agent: the
 * receiver of `application_signals`, which the add-on switches on). From there they go to X-Ray, with the agent's role.
 */
export const TRACES_PORT = 4316;

/**
 * Sends traces to the agent of the pod's own node: the agent has the node's network, so that its address is the node's,
 * and no name is looked up and no zone crossed. Kubernetes puts the address into the second variable.
 */
export const TRACING: k8s.types.input.core.v1.EnvVar[] = [
  { name: "NODE_ADDRESS", valueFrom: { fieldRef: { fieldPath: "status.hostIP" } } },
  { name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: `http://$(NODE_ADDRESS):${TRACES_PORT}` },
];
