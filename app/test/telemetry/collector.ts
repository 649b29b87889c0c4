import { once } from "node:events";
import { createServer } from "node:http";
import { type ReceivedMetric, readMetrics } from "./otlp-metrics.ts";
import { type Attributes, attributesOf, bytesOf, fields, messages } from "./protobuf.ts";

/** A span, as it arrived at the collector. */
export interface Received {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  /** OpenTelemetry's number: 1 for work of the process itself, 2 for a server's, 3 for a client's. */
  readonly kind: number;
  readonly attributes: Attributes;
  /** Of the process that it came from. */
  readonly resource: Attributes;
  /** 2 is an error. */
  readonly status: number;
}

/** A stand-in for an OTLP collector that takes protobuf over HTTP, on the paths of the CloudWatch agent. */
export async function startCollector() {
  const spans: Received[] = [];
  const metrics: ReceivedMetric[] = [];
  const requests: { path: string | undefined; type: string | undefined }[] = [];
  let status: number | undefined = 200;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    requests.push({ path: request.url, type: request.headers["content-type"] });
    if (status === undefined) return;
    if (status === 200 && request.url === "/v1/traces") spans.push(...readSpans(body));
    if (status === 200 && request.url === "/v1/metrics") metrics.push(...readMetrics(body));
    response.writeHead(status).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    spans,
    metrics,
    requests,
    /** From now on, with this status; without one, never. */
    answer(next: number | undefined) {
      status = next;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The spans of an ExportTraceServiceRequest (opentelemetry-proto, trace.proto). */
function readSpans(body: Buffer): Received[] {
  return messages(fields(body), 1).flatMap((batch) => {
    const resource = attributesOf(messages(batch, 1)[0], 1);
    const spans = messages(batch, 2).flatMap((scope) => messages(scope, 2));
    return spans.map((span) => ({
      traceId: bytesOf(span, 1).toString("hex"),
      spanId: bytesOf(span, 2).toString("hex"),
      parentSpanId: bytesOf(span, 4).toString("hex"),
      name: bytesOf(span, 5).toString(),
      kind: Number(span.get(6)?.[0]),
      attributes: attributesOf(span, 9),
      resource,
      status: Number(messages(span, 15)[0]?.get(3)?.[0] ?? 0),
    }));
  });
}
