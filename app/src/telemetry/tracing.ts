import { AsyncLocalStorage } from "node:async_hooks";
import type { Context, Span } from "@opentelemetry/api";
import type { SpanExporter } from "@opentelemetry/sdk-trace-node";
import type { Logger } from "pino";
import type { App } from "../http/services.ts";
import { remoteParent } from "./remote-parent.ts";

/** Share of the traces begun here that is recorded, unless `OTEL_TRACES_SAMPLER_ARG` says otherwise. */
const SAMPLED_SHARE = 0.05;

/** An export that takes longer is given up; below the time that a worker has to close. */
const EXPORT_TIMEOUT_MS = 3000;

/** Where traces go, and how many. */
export interface TracingOptions {
  /** Base URL of an OTLP collector that takes protobuf over HTTP. */
  readonly endpoint: string;
  /** 0 to 1, of requests whose caller has not decided. */
  readonly sampledShare?: number | undefined;
}

/** Values that a span is described with. */
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

/** Starts tracing. The libraries are loaded here, so that a process without tracing does not have them. */
export async function startTracing(options: TracingOptions, logger: Pick<Logger, "warn" | "info">): Promise<Tracing> {
  const [{ ROOT_CONTEXT, SpanKind, SpanStatusCode, TraceFlags, trace }, sdk, { resourceFromAttributes }, otlp] =
    await Promise.all([
      import("@opentelemetry/api"),
      import("@opentelemetry/sdk-trace-node"),
      import("@opentelemetry/resources"),
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
    resource: resourceFromAttributes({ "service.name": "pynomaly-api", "process.pid": process.pid }),
    sampler: new sdk.ParentBasedSampler({
      root: new sdk.TraceIdRatioBasedSampler(options.sampledShare ?? SAMPLED_SHARE),
    }),
    // A load balancer names the trace without a span of its own: the request's span is the first of a trace of that name.
    idGenerator: {
      generateTraceId: () => givenTraceId ?? random.generateTraceId(),
      generateSpanId: () => random.generateSpanId(),
    },
    spanProcessors: [new sdk.BatchSpanProcessor(reportingOnce(exporter, logger))],
  });
  const tracer = provider.getTracer("pynomaly-api");
  const current = new AsyncLocalStorage<{ readonly span: Span; readonly context: Context }>();
  const within = (span: Span) => ({ span, context: trace.setSpan(ROOT_CONTEXT, span) });

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
        span.setAttributes({
          "http.request.method": request.method,
          "url.path": request.url.split("?", 1)[0],
          ...(route !== undefined && { "http.route": route }),
        });
        if (route !== undefined) span.updateName(`${request.method} ${route}`);
        // `close` comes after every answer, and where the client is gone before it.
        reply.raw.once("close", () => {
          span.setAttribute("http.response.status_code", reply.statusCode);
          if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        });
        // The framework keeps to this context when the body has come, too.
        current.run(within(span), done);
      });
    },
    async span(name, attributes, work) {
      const parent = current.getStore();
      if (parent === undefined) return work();
      const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent.context);
      try {
        return await current.run(within(span), work);
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

/** An exporter whose failing is logged when it begins and when it ends, and not for each batch in between. */
function reportingOnce(exporter: SpanExporter, logger: Pick<Logger, "warn" | "info">): SpanExporter {
  let failing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error && !failing) logger.warn({ err: result.error }, "traces cannot be exported");
        if (!result.error && failing) logger.info("traces are exported again");
        failing = result.error !== undefined;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
  };
}
