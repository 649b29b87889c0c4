import type { HrTime } from "@opentelemetry/api";
import type { DataPoint, ExponentialHistogram, MetricData } from "@opentelemetry/sdk-metrics";
import type { Logger } from "pino";
import { Exponential, ofOnes } from "./exponential.ts";
import { EXPORT_TIMEOUT_MS, reportingOnce } from "./export.ts";
import { type OperationAttributes, operationName, requestAttributes } from "./operation.ts";
import { type Place, resourceOf, SERVICE_NAME } from "./resource.ts";

/**
 * Metrics that come at least once a minute are related to traces (aws-observability/aws-otel-js-instrumentation,
 * `aws-opentelemetry-configurator.ts`: `geMetricExportInterval`).
 */
const INTERVAL_MS = 60_000;

/** Where the metrics go, and as whose. */
export interface SignalsOptions {
  /** Whole URL at which a CloudWatch agent takes metrics by OTLP: protobuf over HTTP. */
  readonly url: string;
  /** Where the process runs, in OpenTelemetry's names. */
  readonly place: Place;
  /** Between two exports: a minute, unless it is said. */
  readonly intervalMs?: number;
}

/** What is recorded of one operation's requests. */
export interface OperationRecorder {
  record(status: number, seconds: number): void;
}

/** Latency, errors and faults of each operation, for CloudWatch Application Signals. */
export interface ApplicationSignals {
  /** Begins to count an operation. */
  operation(method: string, route: string): OperationRecorder;
  /** Sends what is left. */
  close(): Promise<void>;
}

/** Requests of one operation since they were last sent. */
class Operation implements OperationRecorder {
  readonly attributes: OperationAttributes;
  readonly #latency = new Exponential();
  #errors = 0;
  #faults = 0;

  constructor(attributes: OperationAttributes) {
    this.attributes = attributes;
  }

  record(status: number, seconds: number): void {
    this.#latency.record(seconds * 1000);
    if (status >= 500) this.#faults += 1;
    else if (status >= 400) this.#errors += 1;
  }

  /** What was recorded, and begins anew; nothing where nothing was. */
  take(): Readonly<Record<"latency" | "error" | "fault", ExponentialHistogram>> | undefined {
    const latency = this.#latency.take();
    if (latency === undefined) return undefined;
    const error = ofOnes(this.#errors, latency.count);
    const fault = ofOnes(this.#faults, latency.count);
    this.#errors = 0;
    this.#faults = 0;
    return { latency, error, fault };
  }
}

/**
 * Starts to count every request, and to send the counts once a minute. The libraries are loaded here, so that a process
 * without Application Signals does not have them.
 *
 * The CloudWatch agent makes no metrics of spans: its pipeline of metrics has only what comes to it as such
 * (aws/amazon-cloudwatch-agent, `translator/translate/otel/pipeline/applicationsignals`). AWS's own instrumentation makes
 * them of every span, sampled or not (aws-observability/aws-otel-js-instrumentation, `aws-span-metrics-processor.ts`);
 * here they are counted beside Prometheus' and become OpenTelemetry's when they are sent. Names, unit, attributes and the
 * kind are AWS's (there and in `aws-span-metrics-processor-builder.ts`): deltas, as the agent keeps no sums of such histograms, and
 * exponential ones, as it sends no percentiles of others (`exporter/awsemfexporter/datapoint.go`).
 */
export async function startApplicationSignals(
  { url, place, intervalMs = INTERVAL_MS }: SignalsOptions,
  logger: Pick<Logger, "warn" | "info">,
): Promise<ApplicationSignals> {
  const [{ ValueType }, { OTLPMetricExporter }, sdk, resource] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/exporter-metrics-otlp-proto"),
    import("@opentelemetry/sdk-metrics"),
    resourceOf(place),
  ]);
  const operations: Operation[] = [];
  let since = timeOf(Date.now());

  const metric = (name: string, unit: string, dataPoints: DataPoint<ExponentialHistogram>[]): MetricData => ({
    descriptor: { name, unit, description: "", valueType: ValueType.DOUBLE },
    aggregationTemporality: sdk.AggregationTemporality.DELTA,
    dataPointType: sdk.DataPointType.EXPONENTIAL_HISTOGRAM,
    dataPoints,
  });
  const collect = () => {
    const now = timeOf(Date.now());
    const taken = operations.flatMap((operation) => {
      const counts = operation.take();
      return counts === undefined ? [] : [{ attributes: operation.attributes, counts }];
    });
    const points = (kind: "latency" | "error" | "fault") =>
      taken.map(({ attributes, counts }) => ({ startTime: since, endTime: now, attributes, value: counts[kind] }));
    const metrics = [
      metric("Latency", "Milliseconds", points("latency")),
      metric("Error", "", points("error")),
      metric("Fault", "", points("fault")),
    ];
    since = now;
    return taken.length === 0 ? [] : [{ scope: { name: SERVICE_NAME }, metrics }];
  };

  const exporter = new OTLPMetricExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS });
  const reader = new sdk.PeriodicExportingMetricReader({
    exporter: {
      export: reportingOnce("the metrics of Application Signals", exporter.export.bind(exporter), logger),
      forceFlush: () => exporter.forceFlush(),
      shutdown: () => exporter.shutdown(),
    },
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
    metricProducers: [
      { collect: async () => ({ resourceMetrics: { resource, scopeMetrics: collect() }, errors: [] }) },
    ],
  });
  const provider = new sdk.MeterProvider({ resource, readers: [reader] });

  return {
    operation(method, route) {
      const operation = new Operation(requestAttributes(operationName(method, route)));
      operations.push(operation);
      return operation;
    },
    close: () => provider.shutdown(),
  };
}

const timeOf = (milliseconds: number): HrTime => [Math.floor(milliseconds / 1000), (milliseconds % 1000) * 1e6];
