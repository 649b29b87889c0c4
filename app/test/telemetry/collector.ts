import { once } from "node:events";
import { createServer } from "node:http";

/** A span, as it arrived at the collector. */
export interface Received {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** 2 is an error. */
  readonly status: number;
}

/** A stand-in for an OTLP collector that takes protobuf over HTTP. */
export async function startCollector() {
  const spans: Received[] = [];
  const requests: { path: string | undefined; type: string | undefined }[] = [];
  let status = 200;
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray());
    requests.push({ path: request.url, type: request.headers["content-type"] });
    if (status === 200) spans.push(...readSpans(body));
    response.writeHead(status).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    spans,
    requests,
    answer(next: number) {
      status = next;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

type Fields = ReadonlyMap<number, readonly (Buffer | number)[]>;

/** The fields of one protobuf message by their numbers (Protocol Buffers, "Encoding"). */
function fields(bytes: Buffer): Fields {
  const found = new Map<number, (Buffer | number)[]>();
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  const take = (length: number) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const wire = tag & 7;
    const value = wire === 0 ? varint() : take(wire === 1 ? 8 : wire === 5 ? 4 : varint());
    const number = Math.floor(tag / 8);
    found.set(number, [...(found.get(number) ?? []), value]);
  }
  return found;
}

const messages = (message: Fields, number: number): Fields[] =>
  (message.get(number) ?? []).map((value) => fields(Buffer.from(value as Buffer)));
const bytesOf = (message: Fields | undefined, number: number): Buffer =>
  (message?.get(number)?.[0] as Buffer | undefined) ?? Buffer.alloc(0);

/** The spans of an ExportTraceServiceRequest (opentelemetry-proto, trace.proto). */
function readSpans(body: Buffer): Received[] {
  const scopes = messages(fields(body), 1).flatMap((resource) => messages(resource, 2));
  return scopes
    .flatMap((scope) => messages(scope, 2))
    .map((span) => ({
      traceId: bytesOf(span, 1).toString("hex"),
      spanId: bytesOf(span, 2).toString("hex"),
      parentSpanId: bytesOf(span, 4).toString("hex"),
      name: bytesOf(span, 5).toString(),
      attributes: Object.fromEntries(
        messages(span, 9).map((attribute) => {
          const [value] = messages(attribute, 2);
          const number = value?.get(3)?.[0];
          return [bytesOf(attribute, 1).toString(), typeof number === "number" ? number : bytesOf(value, 1).toString()];
        }),
      ),
      status: Number(messages(span, 15)[0]?.get(3)?.[0] ?? 0),
    }));
}
