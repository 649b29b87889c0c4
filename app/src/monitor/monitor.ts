import type { Logger } from "pino";
import { type Alert, createAlerts } from "./alerts.ts";
import { type Dependencies, dependencies } from "./dependencies.ts";
import { createPressure, type Relief } from "./pressure.ts";
import { type Resources, resourceReader } from "./resources.ts";
import type { Sink } from "./sinks.ts";
import { HISTORY_LENGTH, INTERVAL_SECONDS, SUMMARY_LENGTH } from "./thresholds.ts";
import { type Collected, type Traffic, trafficBetween } from "./traffic.ts";

/** What was measured over one interval. */
export interface Measurement extends Resources, Traffic, Dependencies {
  /** ISO 8601. */
  readonly timestamp: string;
}

/** Averages and maxima of the last measurements; the guide's keys. Null where none of them is known. */
export type Summary = Readonly<
  Record<
    | "avg_cpu_percent"
    | "avg_memory_percent"
    | "avg_response_time"
    | "max_response_time"
    | "avg_throughput"
    | "avg_error_rate"
    | "max_active_connections",
    number | null
  >
>;

/** Everything that the monitor knows. */
export interface Report {
  readonly current: Measurement | null;
  readonly summary: Summary;
  /** Raised, and not resolved. */
  readonly alerts: readonly Alert[];
  /** Oldest first. */
  readonly history: readonly Measurement[];
}

/** What the monitor works with. */
export interface MonitorOptions {
  /** Metrics of the workers as they are now. */
  readonly collect: () => Promise<Collected>;
  readonly sinks: readonly Sink[];
  readonly logger: Pick<Logger, "error" | "debug">;
  /** Called after each measurement. */
  readonly relieve: (relief: Relief) => void;
}

/** Measures the service at intervals; the guide's PerformanceMonitor and, for the memory, its ResourceOptimizer. */
export interface Monitor {
  /** Measures what was since the last call, tells what changed, and acts on the memory. */
  measure(): Promise<void>;
  report(): Report;
  /** Measures every {@link INTERVAL_SECONDS}, from now until the process ends. */
  start(): void;
}

/** A monitor whose first interval begins now. */
export async function createMonitor({ collect, sinks, logger, relieve }: MonitorOptions): Promise<Monitor> {
  const readResources = await resourceReader();
  let before = await collect();
  const alerts = createAlerts();
  const decide = createPressure();
  const history: Measurement[] = [];

  const tell = (alert: Alert) => {
    for (const sink of sinks) {
      // A sink that takes long holds up neither the others nor the next measurement.
      sink(alert).catch((error) => logger.error({ err: error, alert: alert.alert }, "an alert could not be sent"));
    }
  };

  const measure = async () => {
    const [resources, now] = await Promise.all([readResources(), collect()]);
    const time = new Date();
    const measurement: Measurement = {
      timestamp: time.toISOString(),
      ...resources,
      ...trafficBetween(before, now),
      ...dependencies(now),
    };
    before = now;
    history.push(measurement);
    if (history.length > HISTORY_LENGTH) history.shift();
    logger.debug(measurement, "measured");
    for (const alert of alerts.check(measurement, time)) tell(alert);
    // Without a limit the memory is the machine's, and another program's use of it is no reason to refuse requests.
    relieve(decide(measurement.memory_limited ? measurement.memory_percent : null));
  };

  const measureAgain = () => {
    setTimeout(async () => {
      try {
        await measure();
      } catch (error) {
        logger.error({ err: error }, "the service could not be measured");
      }
      measureAgain();
    }, INTERVAL_SECONDS * 1000);
  };

  return {
    measure,
    report: () => ({
      current: history.at(-1) ?? null,
      summary: summary(history.slice(-SUMMARY_LENGTH)),
      alerts: alerts.raised(),
      history,
    }),
    start: measureAgain,
  };
}

/** Summary of some measurements. What is null in one of them does not count. */
export function summary(measurements: readonly Measurement[]): Summary {
  const known = (pick: (measurement: Measurement) => number | null) =>
    measurements.map(pick).filter((value) => value !== null);
  const average = (values: number[]) =>
    values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
  const maximum = (values: number[]) => (values.length === 0 ? null : Math.max(...values));
  return {
    avg_cpu_percent: average(known((one) => one.cpu_percent)),
    avg_memory_percent: average(known((one) => one.memory_percent)),
    avg_response_time: average(known((one) => one.response_time)),
    max_response_time: maximum(known((one) => one.response_time)),
    avg_throughput: average(known((one) => one.throughput)),
    avg_error_rate: average(known((one) => one.error_rate)),
    max_active_connections: maximum(known((one) => one.active_connections)),
  };
}
