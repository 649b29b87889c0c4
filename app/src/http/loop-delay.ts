import underPressure from "@fastify/under-pressure";
import { overloaded } from "./in-flight.ts";
import type { App, Services } from "./services.ts";

/** An event loop that is late by this, on average over a sample, keeps none of the targets: p99 is 250 ms. */
const MAX_DELAY_MS = 250;

/** How often the delay is taken, and how long it counts. */
const SAMPLE_MS = 1000;

/**
 * Turns requests away while the event loop is late: each one that is taken on would make all of them later.
 *
 * One late sample is a hiccup: the work of the start, a collection of garbage, a neighbour on the machine. Two in a row are
 * too much work.
 */
export async function shedWhenLate(app: App, { metrics }: Pick<Services, "metrics">): Promise<void> {
  /** On the monotonic clock: since when each sample was late, and when the last request saw so. */
  let lateSince = Number.NEGATIVE_INFINITY;
  let lastLate = Number.NEGATIVE_INFINITY;
  await app.register(underPressure, {
    maxEventLoopDelay: MAX_DELAY_MS,
    sampleInterval: SAMPLE_MS,
    pressureHandler: () => {
      const now = performance.now();
      if (now - lastLate > SAMPLE_MS) lateSince = now;
      lastLate = now;
      if (now - lateSince < SAMPLE_MS) return;
      metrics.shed += 1;
      throw overloaded();
    },
  });
}
