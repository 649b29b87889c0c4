import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { type InMetrics, isLogCount, type LogCount, type Watched } from "./definition";

/** Something watched with a metric in the place of a count of log lines, which has its id as its name. */
export function inMetrics<W extends Watched>(watched: W, namespace: string): InMetrics<W> {
  const { measure } = watched;
  return isLogCount(measure)
    ? { ...watched, measure: { namespace, name: watched.id, dimensions: {}, statistic: "Sum" } }
    : { ...watched, measure };
}

/**
 * Counts the lines of a log into the metric that {@link inMetrics} names.
 *
 * @param metricName - the id of what is watched
 */
export function logMetric(
  name: string,
  metricName: string,
  namespace: string,
  count: LogCount,
  opts: pulumi.CustomResourceOptions,
): void {
  new aws.cloudwatch.LogMetricFilter(
    name,
    {
      logGroupName: count.logGroupName,
      pattern: count.pattern,
      // Zero while other lines come: the metric then tells that the log is read.
      metricTransformation: { namespace, name: metricName, value: "1", defaultValue: "0", unit: "Count" },
    },
    opts,
  );
}
