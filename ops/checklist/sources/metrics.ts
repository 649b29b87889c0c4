import { get } from "./http";
import type { Reading } from "./reading";

/** What a pod tells those who run it, on its port for metrics. */
export interface MetricsFacts {
  readonly address: string;
  /** Values by name and labels, as Prometheus writes them: `pynomaly_cache_lookups_total{outcome="hit"}`. */
  readonly samples: ReadonlyMap<string, number>;
  /** The 99th percentile of the event loop's delay in each of the monitor's intervals, in ms; none while the first lasts. */
  readonly loopDelays: readonly number[];
}

/** Reads a pod's metrics and its monitor's report. */
export async function readMetrics(url: URL): Promise<Reading<MetricsFacts>> {
  try {
    const [metrics, monitor] = await Promise.all([get(new URL("metrics", url)), get(new URL("monitor", url))]);
    for (const { status } of [metrics, monitor]) {
      if (status !== 200) throw new Error(`it answers ${status}: it is not the service's port for metrics`);
    }
    const loopDelays = historyOf(monitor.body.toString()).flatMap(({ event_loop_delay_p99: delay }) => delay ?? []);
    return { kind: "read", facts: { address: url.host, samples: samplesOf(metrics.body.toString()), loopDelays } };
  } catch (error) {
    return { kind: "failed", subject: url.href, problem: (error as Error).message };
  }
}

function historyOf(monitor: string): { event_loop_delay_p99: number | null }[] {
  try {
    const { history } = JSON.parse(monitor);
    if (Array.isArray(history)) return history;
  } catch {
    // Told below.
  }
  throw new Error("what it answers at /monitor is no monitor's report: it is not the service's port for metrics");
}

const SAMPLE = /^([a-zA-Z_:]\S*?(?:\{.*\})?) (\S+)$/gm;

const samplesOf = (text: string): Map<string, number> =>
  new Map([...text.matchAll(SAMPLE)].map(([, name = "", value]) => [name, Number(value)]));
