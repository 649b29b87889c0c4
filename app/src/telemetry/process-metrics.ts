import { constants, PerformanceObserver, performance } from "node:perf_hooks";
import { histogram, Series } from "./histogram.ts";
import { counter, gauge, plain, type Snapshot } from "./snapshot.ts";

/** How often the event loop's delay is taken. */
const LOOP_PERIOD_MS = 20;

/** Upper bounds of the event loop's delay, in seconds. */
const LOOP_BOUNDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30];

/** Upper bounds of a garbage collection's duration, in seconds. */
const GC_BOUNDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** Name of the histogram of the event loop's delay. */
export const LOOP_DELAY = "nodejs_eventloop_delay_seconds";
/** Name of the time that the event loop worked, by state `active` and `idle`. */
export const LOOP_TIME = "nodejs_eventloop_seconds_total";

/** A garbage collection, as Node's types do not describe it. */
interface Collection {
  readonly duration: number;
  readonly detail: { readonly kind: number };
}

const GC_KINDS: Readonly<Record<number, string>> = {
  [constants.NODE_PERFORMANCE_GC_MAJOR]: "major",
  [constants.NODE_PERFORMANCE_GC_MINOR]: "minor",
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL]: "incremental",
  [constants.NODE_PERFORMANCE_GC_WEAKCB]: "weakcb",
};

/**
 * Begins to watch this process: its event loop, garbage collection, memory and CPU time. Everything that is counted
 * only grows, so that whoever reads it makes intervals of their own.
 */
export function watchProcess(): () => Snapshot {
  const delay = new Series(LOOP_BOUNDS, {});
  let due = performance.now() + LOOP_PERIOD_MS;
  const sampler = setInterval(() => {
    const now = performance.now();
    delay.observe(Math.max(0, now - due) / 1000);
    due = now + LOOP_PERIOD_MS;
  }, LOOP_PERIOD_MS);
  sampler.unref();

  const collections = new Map(
    Object.entries(GC_KINDS).map(([kind, name]) => [Number(kind), new Series(GC_BOUNDS, { kind: name })]),
  );
  new PerformanceObserver((list) => {
    for (const { detail, duration } of list.getEntries() as unknown[] as Collection[]) {
      collections.get(detail.kind)?.observe(duration / 1000);
    }
  }).observe({ entryTypes: ["gc"] });

  return () => {
    const memory = process.memoryUsage();
    const cpu = process.cpuUsage();
    const loop = performance.eventLoopUtilization();
    return [
      histogram(LOOP_DELAY, "How late a timer of the event loop was", [delay]),
      counter(LOOP_TIME, "Time of the event loop", [
        { labels: { state: "active" }, value: loop.active / 1000 },
        { labels: { state: "idle" }, value: loop.idle / 1000 },
      ]),
      histogram("nodejs_gc_duration_seconds", "Garbage collection by kind", [...collections.values()]),
      counter("process_cpu_seconds_total", "User and system CPU time", plain((cpu.user + cpu.system) / 1e6)),
      gauge("process_resident_memory_bytes", "Resident memory", plain(memory.rss)),
      gauge("nodejs_heap_size_used_bytes", "Heap in use", plain(memory.heapUsed)),
      gauge("nodejs_heap_size_total_bytes", "Heap taken from the system", plain(memory.heapTotal)),
      gauge("nodejs_external_memory_bytes", "Memory of buffers and of native objects", plain(memory.external)),
    ];
  };
}
