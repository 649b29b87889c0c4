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
 * The first sample counts for nothing. The work of the start is in it, and is over.
 */
export async function shedWhenLate(app: App, { metrics }: Pick<Services, "metrics">): Promise<void> {
  const judgedFrom = performance.now() + 2 * SAMPLE_MS;
  await app.register(underPressure, {
    maxEventLoopDelay: MAX_DELAY_MS,
    sampleInterval: SAMPLE_MS,
    pressureHandler: () => {
      if (performance.now() < judgedFrom) return;
      metrics.shed += 1;
      throw overloaded();
    },
  });
}
