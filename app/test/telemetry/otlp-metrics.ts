import {
  type Attributes,
  attributesOf,
  bytesOf,
  double,
  fields,
  fixed64,
  messages,
  packed,
  signed,
} from "./protobuf.ts";

/** One point of an exponential histogram. */
export interface ReceivedPoint {
  readonly attributes: Attributes;
  /** Nanoseconds since 1970. */
  readonly start: bigint;
  readonly end: bigint;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly scale: number;
  readonly zeroCount: number;
  readonly offset: number;
  readonly counts: readonly number[];
}

/** A metric that is an exponential histogram, as it arrived at the collector. */
export interface ReceivedMetric {
  readonly name: string;
  readonly unit: string;
  /** 1 is delta, 2 is cumulative. */
  readonly temporality: number;
  /** Of the process that it came from. */
  readonly resource: Attributes;
  readonly points: readonly ReceivedPoint[];
}

/** The metrics of an ExportMetricsServiceRequest (opentelemetry-proto, metrics.proto). Throws where one is of another kind. */
export function readMetrics(body: Buffer): ReceivedMetric[] {
  return messages(fields(body), 1).flatMap((batch) => {
    const resource = attributesOf(messages(batch, 1)[0], 1);
    const metrics = messages(batch, 2).flatMap((scope) => messages(scope, 2));
    return metrics.map((metric) => {
      const name = bytesOf(metric, 1).toString();
      const [histogram] = messages(metric, 10);
      if (histogram === undefined) throw new Error(`${name} is no exponential histogram`);
      return {
        name,
        unit: bytesOf(metric, 3).toString(),
        temporality: Number(histogram.get(2)?.[0]),
        resource,
        points: messages(histogram, 1).map((point) => ({
          attributes: attributesOf(point, 1),
          start: fixed64(point, 2),
          end: fixed64(point, 3),
          count: Number(fixed64(point, 4)),
          sum: double(point, 5),
          scale: signed(point, 6),
          zeroCount: Number(fixed64(point, 7)),
          offset: signed(messages(point, 8)[0], 1),
          counts: packed(messages(point, 8)[0], 2),
          min: double(point, 12),
          max: double(point, 13),
        })),
      };
    });
  });
}
