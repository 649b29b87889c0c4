import { AsyncLocalStorage } from "node:async_hooks";
import type { Context, Span } from "@opentelemetry/api";
import type { Logger } from "pino";
import type { App } from "../http/services.ts";
import { EXPORT_TIMEOUT_MS, reportingOnce } from "./export.ts";
import { callAttributes, operationName, requestAttributes, UNMATCHED } from "./operation.ts";
import { remoteParent } from "./remote-parent.ts";
import { type Place, resourceOf, SERVICE_NAME } from "./resource.ts";

/** Share of the traces begun here that is recorded, unless `OTEL_TRACES_SAMPLER_ARG` says otherwise. */
const SAMPLED_SHARE = 0.05;

/** Where traces go, and how many. */
export interface TracingOptions {
  /** Base URL of an OTLP collector that takes protobuf over HTTP. */
  readonly endpoint: string;
  /** Where the process runs, in OpenTelemetry's names. */
  readonly place: Place;
  /** 0 to 1, of requests whose caller has not decided. */
  readonly sampledShare?: number | undefined;
}

/** Values that a span is described with. `db.system.name` makes it a call of that server. */
export type Attributes = Readonly<Record<string, string | number>>;

/** Spans of requests, and of what they do. */
export interface Tracing {
  /** Gives each sampled request of an app a span. Comes before the app's other hooks and its routes. */
  instrument(app: App): void;
  /** Does the work as a span below the request's. Outside of a sampled request the work alone is done. */
  span<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T>;
  /** `trace_id` and `span_id` for a line of the log; empty outside of a sampled request. */
  ids(): object;
  /** Sends what is left. */
  close(): Promise<void>;
}

/** The span that work belongs to, and the operation of its request. */
interface Current {
  readonly span: Span;
  readonly operation: string;
  readonly context: Context;
}

/** Starts tracing. The libraries are loaded here, so that a process without tracing does not have them. */
export async function startTracing(options: TracingOptions, logger: Pick<Logger, "warn" | "info">): Promise<Tracing> {
  const [{ ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace }, sdk, resource, otlp] = await Promise.all([
    import("@opentelemetry/api"),
    import("@opentelemetry/sdk-trace-node"),
    resourceOf(options.place),
    import("@opentelemetry/exporter-trace-otlp-proto"),
  ]);
  const exporter = new otlp.OTLPTraceExporter({
    url: `${options.endpoint.replace(/\/$/, "")}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const random = new sdk.RandomIdGenerator();
  /** Of the request whose span is being made. */
  let givenTraceId: string | undefined;
  const provider = new sdk.BasicTracerProvider({
    resource,
    sampler: new sdk.ParentBasedSampler({
      root: new sdk.TraceIdRatioBasedSampler(options.sampledShare ?? SAMPLED_SHARE),
    }),
    // A load balancer names the trace without a span of its own: the request's span is the first of a trace of that name.
    idGenerator: {
      generateTraceId: () => givenTraceId ?? random.generateTraceId(),
      generateSpanId: () => random.generateSpanId(),
    },
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        export: reportingOnce("traces", exporter.export.bind(exporter), logger),
        shutdown: () => exporter.shutdown(),
      }),
    ],
  });
  const tracer = provider.getTracer(SERVICE_NAME);
  const current = new AsyncLocalStorage<Current>();
  const within = (span: Span, operation: string) => ({ span, operation, context: trace.setSpan(ROOT_CONTEXT, span) });

  return {
    instrument(app) {
      app.addHook("onRequest", (request, reply, done) => {
        const parent = remoteParent(request.headers);
        const context = parent?.span
          ? trace.setSpanContext(ROOT_CONTEXT, {
              traceId: parent.traceId,
              spanId: parent.span.id,
              traceFlags: parent.span.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
              isRemote: true,
            })
          : ROOT_CONTEXT;
        givenTraceId = parent?.traceId;
        const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER }, context);
        if (!span.isRecording()) return done();
        const route = request.routeOptions.url;
        const operation = operationName(request.method, route ?? UNMATCHED);
        span.setAttributes({
          ...requestAttributes(operation),
          "http.request.method": request.method,
          "url.path": request.url.split("?", 1)[0],
          ...(route !== undefined && { "http.route": route }),
        });
        if (route !== undefined) span.updateName(operation);
        // `close` comes after every answer, and where the client is gone before it.
        reply.raw.once("close", () => {
          span.setAttribute("http.response.status_code", reply.statusCode);
          if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        });
        // The framework keeps to this context when the body has come, too.
        current.run(within(span, operation), done);
      });
    },
    async span(name, attributes, work) {
      const parent = current.getStore();
      if (parent === undefined) return work();
      const server = attributes["db.system.name"];
      const span = tracer.startSpan(
        name,
        { kind: server ? SpanKind.CLIENT : SpanKind.INTERNAL, attributes },
        parent.context,
      );
      if (server)
        span.setAttributes(callAttributes(parent.operation, String(server), String(attributes["db.operation.name"])));
      try {
        return await current.run(within(span, parent.operation), work);
      } catch (error) {
        // The message may quote values.
        span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.name : "error" });
        throw error;
      } finally {
        span.end();
      }
    },
    ids() {
      const span = current.getStore()?.span.spanContext();
      return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
    },
    close: () => provider.shutdown(),
  };
}
