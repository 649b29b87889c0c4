import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Stack } from "../../app/local/stack.ts";
import { SERVICE } from "../../sizing/service";
import type { Modules } from "./modules";
import { reportPlace } from "./options";
import type { Plan } from "./plan";

/** The service under rehearsal. */
export interface Service {
  readonly url: string;
  /** Of the internal port, for metrics. */
  readonly metricsUrl: string;
  readonly pid: number;
  stop(): Promise<void>;
}

/**
 * Starts the service as the Api component would, and waits until it is ready.
 *
 * @throws Error with the log's name when it does not become so
 */
export async function startService(root: string, plan: Plan, stack: Stack, modules: Modules): Promise<Service> {
  const { port = await modules.freePort() } = plan.options;
  const log = `${reportPlace(root, plan.options)}.log`;
  mkdirSync(dirname(log), { recursive: true });
  const url = `http://127.0.0.1:${port}`;
  const metricsPort = await modules.freePort();
  const { pid, stop } = await modules.startProgram(process.execPath, [join(root, "app", "src", "server.ts")], {
    env: {
      ...stack.environment,
      ...plan.environment.variables,
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
    },
    log,
    url: `${url}${SERVICE.readinessPath}`,
  });
  return { url, metricsUrl: `http://127.0.0.1:${metricsPort}`, pid, stop };
}
