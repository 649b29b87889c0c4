import { SERVICE } from "../../sizing/service";
import type { Watched } from "./definition";
import type { WatchedService } from "./service-alarms";

/** CloudWatch names each line by the operation that it found (CloudWatch User Guide, "Using dynamic labels"). */
// biome-ignore lint/suspicious/noTemplateCurlyInString: CloudWatch fills it in
const BY_OPERATION = "${PROP('Dim.Operation')}";

/**
 * What each operation does, from the metrics of Application Signals: the load balancer knows no routes. The dashboard
 * searches for them, as operations come and go with the service's versions; an alarm cannot (CloudWatch User Guide, "Using search expressions in
 * graphs").
 */
export function operations({ signalsEnvironment: environment }: WatchedService): Watched[] {
  if (environment === undefined) return [];
  const search = (metric: string, statistic: string) => ({
    expression: `SEARCH('{ApplicationSignals,Environment,Operation,Service} Environment="${environment}" Service="${SERVICE.name}" MetricName="${metric}"', '${statistic}')`,
    metrics: {},
  });
  return [
    {
      id: "operations-latency",
      title: BY_OPERATION,
      group: "Service",
      panel: "Latency by operation, p95, in ms",
      measure: search("Latency", "p95"),
    },
    {
      id: "operations-faults",
      title: BY_OPERATION,
      group: "Service",
      panel: "Faults by operation",
      measure: search("Fault", "Sum"),
    },
  ];
}
