import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { Logger } from "pino";
import type { Report } from "../monitor/monitor.ts";
import { PROMETHEUS_TEXT, prometheusText } from "../telemetry/snapshot.ts";
import type { Supervisor } from "./supervisor.ts";

/** What the internal server tells of. */
export interface InternalServerOptions {
  readonly supervisor: Pick<Supervisor, "collect" | "snapshot" | "workers">;
  readonly report: () => Report;
  readonly logger: Pick<Logger, "error">;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (status: number, value: object): Answer => ({
  status,
  type: "application/json",
  body: JSON.stringify(value),
});

/**
 * The server for those who run the service, on a port that the load balancer does not reach: `/metrics`, `/monitor`, and
 * `/health`, which is 503 while a worker is missing.
 *
 * @throws Error when the port is taken
 */
export async function startInternalServer(port: number, options: InternalServerOptions): Promise<Server> {
  const { supervisor, report, logger } = options;
  const metrics = async () => {
    const { workers, retired } = await supervisor.collect();
    return prometheusText([...workers.values(), retired, supervisor.snapshot()]);
  };
  const routes = new Map<string, () => Promise<Answer> | Answer>([
    ["/metrics", async () => ({ status: 200, type: PROMETHEUS_TEXT, body: await metrics() })],
    ["/monitor", () => json(200, report())],
    [
      "/health",
      () => {
        const workers = supervisor.workers();
        const healthy = workers.every(({ ready }) => ready);
        return json(healthy ? 200 : 503, { status: healthy ? "ok" : "unavailable", workers });
      },
    ],
  ]);

  const answer = async (method: string | undefined, path: string): Promise<Answer> => {
    const route = routes.get(path);
    if (route === undefined) return json(404, { error: `there are ${[...routes.keys()].join(", ")}` });
    if (method !== "GET" && method !== "HEAD") return json(405, { error: "only GET and HEAD are allowed" });
    try {
      return await route();
    } catch (error) {
      logger.error({ err: error, path }, "an internal request failed");
      return json(500, { error: "failed" });
    }
  };

  const server = createServer(async (request, response) => {
    const { status, type, body } = await answer(request.method, request.url?.split("?", 1)[0] ?? "");
    response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
  });
  server.listen(port, "0.0.0.0");
  await once(server, "listening");
  return server;
}
