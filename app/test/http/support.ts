import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { pino } from "pino";
import { localEnvironment } from "../../local/environment.ts";
import type { Identity } from "../../src/auth/sessions.ts";
import { serverConfig } from "../../src/config.ts";
import { buildApp, type Routes } from "../../src/http/app.ts";
import { standIn } from "../../src/http/openapi-text.ts";
import type { App, Services } from "../../src/http/services.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { until } from "../support/until.ts";

/** How an app under test differs from the usual. */
export interface Setup {
  readonly environment?: Readonly<Record<string, string>>;
  readonly services?: Partial<Services>;
  readonly routes?: readonly Routes[];
}

/** An app under test. */
export interface Subject {
  readonly app: App;
  readonly services: Services;
  /** The lines of its log. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
}

const QUOTA = { requestsPerSecond: 1_000_000, burst: 1_000_000 };
/** The session that everybody has. */
export const IDENTITY: Identity = {
  sessionId: 1,
  userId: 1,
  apiKeyId: 1,
  name: "somebody",
  scopes: ["read", "write"],
  quota: QUOTA,
  expiresAt: "2999-01-01T00:00:00Z",
};

/** An app whose dependencies are up and do nothing else, with a session for everybody. It ends with the test. */
export async function subject(t: TestContext, { environment, services, routes = [] }: Setup = {}): Promise<Subject> {
  const log: Record<string, unknown>[] = [];
  const all: Services = {
    config: serverConfig({
      ...localEnvironment({ databasePort: 1, databaseSecret: "none", cachePort: 1 }),
      ...environment,
    }),
    logger: pino({ level: "info" }, { write: (line: string) => log.push(JSON.parse(line)) }),
    database: standIn("database", { check: async () => {} }),
    cache: standIn("cache", { health: async () => true }),
    limiter: { take: () => ({ allowed: true, remaining: 1000, retryAfterSeconds: 0 }) },
    sessions: standIn("sessions", { identify: () => IDENTITY, remembers: () => true }),
    models: standIn("models", { check: async () => {} }),
    metrics: createMetrics(),
    isDraining: () => false,
    ...services,
  };
  const app = await buildApp(all, routes);
  t.after(() => {
    app.server.closeAllConnections();
    return app.close();
  });
  return { app, services: all, log };
}

/** The port of an app that now listens. */
export async function listen(app: App): Promise<number> {
  await app.listen({ host: "127.0.0.1", port: 0 });
  return (app.server.address() as AddressInfo).port;
}

/** An answer as it came over the line. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A connection whose bytes are one's own. */
export interface Line {
  readonly socket: Socket;
  send(bytes: string | Buffer): void;
  /** The next answer, whole. @throws Error when the connection ends before it */
  answer(): Promise<RawAnswer>;
  /** When the other side has ended the connection. */
  readonly closed: Promise<unknown>;
}

/** Connects to an app. The connection ends with the test. */
export async function dial(t: TestContext, port: number): Promise<Line> {
  const socket = connect(port, "127.0.0.1");
  t.after(() => socket.destroy());
  await once(socket, "connect");
  let received = "";
  let ended = false;
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  // A reset also ends the connection: what counts is what arrived before.
  socket.on("error", () => {});
  const closed = once(socket, "close").then(() => {
    ended = true;
  });
  return {
    socket,
    closed,
    send: (bytes) => socket.write(bytes),
    answer: async () => {
      const parsed = await until(() => {
        const found = parse(received);
        if (found === undefined && ended) throw new Error(`the connection ended after ${JSON.stringify(received)}`);
        return found;
      });
      received = received.slice(parsed.length);
      return parsed.answer;
    },
  };
}

/** One request over a connection of its own. */
export async function exchange(t: TestContext, port: number, request: string | Buffer): Promise<RawAnswer> {
  const line = await dial(t, port);
  line.send(request);
  return line.answer();
}

/** The first answer in some bytes, with its length; `undefined` while it is not complete. */
function parse(received: string): { answer: RawAnswer; length: number } | undefined {
  const head = received.indexOf("\r\n\r\n");
  if (head === -1) return undefined;
  const [first = "", ...lines] = received.slice(0, head).split("\r\n");
  const status = Number(first.split(" ")[1]);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
  );
  const length = status === 100 ? 0 : Number(headers["content-length"] ?? 0);
  const end = head + 4 + length;
  return received.length < end
    ? undefined
    : { answer: { status, headers, body: received.slice(head + 4, end) }, length: end };
}

/** A promise that is settled from outside. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
