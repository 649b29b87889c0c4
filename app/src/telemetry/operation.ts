import { SERVICE_NAME } from "./resource.ts";

/** Attributes by which Application Signals knows the traces and the metrics of one operation as such. */
export type OperationAttributes = Readonly<Record<string, string>>;

/** Name of the route of what no route takes. */
export const UNMATCHED = "unmatched";

/** An operation's name: AWS's own instrumentation calls it by the request's span, too. */
export const operationName = (method: string, route: string): string => `${method} ${route}`;

/**
 * Of a request, both its span and its metrics. It is the first span of this process, which is a kind of its own to
 * Application Signals (aws-observability/aws-otel-js-instrumentation, `aws-metric-attribute-generator.ts`:
 * `generateServiceMetricAttributes`).
 */
export const requestAttributes = (operation: string): OperationAttributes => ({
  "aws.local.service": SERVICE_NAME,
  "aws.local.operation": operation,
  "aws.span.kind": "LOCAL_ROOT",
});

/** Of a call of another server within a request (the same, `generateDependencyMetricAttributes`). */
export const callAttributes = (operation: string, server: string, call: string): OperationAttributes => ({
  "aws.local.service": SERVICE_NAME,
  "aws.local.operation": operation,
  "aws.remote.service": server,
  "aws.remote.operation": call,
  "aws.span.kind": "CLIENT",
});
