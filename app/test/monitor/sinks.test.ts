import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { afterEach, describe, it } from "node:test";
import type { Alert } from "../../src/monitor/alerts.ts";
import { logSink, topicSink, webhookSink } from "../../src/monitor/sinks.ts";

const alert: Alert = {
  alert: "cpu",
  state: "raised",
  value: 91,
  threshold: 80,
  unit: "%",
  message: "High CPU usage: 91.0 % (threshold 80.0 %)",
  since: "2026-11-23T10:00:00.000Z",
  timestamp: "2026-11-23T10:00:00.000Z",
};
const timing = { timeoutMs: 200, pausesMs: [10, 20] };

describe("the webhook", () => {
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
  });

  /** A server that answers each request with the next status; it never answers "stall". */
  async function hook(...answers: (number | "stall")[]) {
    const requests: { method: string | undefined; type: string | undefined; body: string }[] = [];
    const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
      const body = Buffer.concat(await request.toArray()).toString();
      requests.push({ method: request.method, type: request.headers["content-type"], body });
      const answer = answers[requests.length - 1] ?? 500;
      if (answer !== "stall") response.writeHead(answer).end("ignored");
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    stops.push(() => server.close().closeAllConnections());
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    return { requests, url: `http://127.0.0.1:${address.port}/services/hidden-path` };
  }

  it("is posted the alert as JSON, with the text that chat services show", async () => {
    const { requests, url } = await hook(200);
    await webhookSink(url, timing)(alert);
    const { message, ...fields } = alert;
    assert.deepEqual(
      requests.map(({ body, ...request }) => ({ ...request, body: JSON.parse(body) })),
      [{ method: "POST", type: "application/json", body: { text: message, ...fields } }],
    );
  });

  it("is tried again after a 500, a 429 and a stall", async () => {
    const { requests, url } = await hook(500, 429, 204);
    await webhookSink(url, timing)(alert);
    assert.equal(requests.length, 3);
    const stalling = await hook("stall", 200);
    await webhookSink(stalling.url, timing)(alert);
    assert.equal(stalling.requests.length, 2);
  });

  it("is given up after three tries", async () => {
    const { requests, url } = await hook(500, "stall", 503, 200);
    await assert.rejects(webhookSink(url, timing)(alert), { message: "webhook: answered 503" });
    assert.equal(requests.length, 3);
  });

  it("is not tried again where that would change nothing", async () => {
    const { requests, url } = await hook(404);
    await assert.rejects(webhookSink(url, timing)(alert), { message: "webhook: answered 404" });
    assert.equal(requests.length, 1);
  });

  it("that is not there is an error without its address, which is a secret", async () => {
    const { url } = await hook();
    for (const stop of stops.splice(0)) stop();
    await assert.rejects(webhookSink(url, timing)(alert), (error: Error) => {
      assert.match(error.message, /^webhook: .*ECONNREFUSED/);
      assert.doesNotMatch(error.message, /hidden-path/);
      return true;
    });
  });
});

describe("the topic", () => {
  const variables = ["AWS_ENDPOINT_URL_SNS", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
  const before = variables.map((name) => [name, process.env[name]] as const);
  afterEach(() => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });

  it("is published the alert, signed, with a subject", async () => {
    const published: URLSearchParams[] = [];
    const authorizations: (string | undefined)[] = [];
    const server = createServer(async (request, response) => {
      published.push(new URLSearchParams(Buffer.concat(await request.toArray()).toString()));
      authorizations.push(request.headers.authorization);
      response.writeHead(200, { "content-type": "text/xml" });
      response.end("<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    process.env.AWS_ENDPOINT_URL_SNS = `http://127.0.0.1:${address.port}`;
    process.env.AWS_ACCESS_KEY_ID = "test";
    process.env.AWS_SECRET_ACCESS_KEY = "test";
    try {
      await topicSink("arn:aws:sns:us-east-1:123456789012:alerts", "us-east-1")(alert);
    } finally {
      server.close().closeAllConnections();
    }
    const [form] = published;
    assert.equal(form?.get("Action"), "Publish");
    assert.equal(form?.get("TopicArn"), "arn:aws:sns:us-east-1:123456789012:alerts");
    assert.equal(form?.get("Subject"), "Pynomaly: High CPU usage: 91.0 % (threshold 80.0 %)");
    assert.deepEqual(JSON.parse(form?.get("Message") ?? ""), alert);
    assert.match(authorizations[0] ?? "", /\/us-east-1\/sns\/aws4_request/);
  });
});

describe("the log", () => {
  it("warns of an alert and informs of its end", async () => {
    const lines: unknown[] = [];
    const log = (level: string) => (fields: object, message: string) => {
      lines.push([level, message, "alert" in fields && fields.alert]);
    };
    const sink = logSink({ warn: log("warn"), info: log("info") } as unknown as Parameters<typeof logSink>[0]);
    await sink(alert);
    await sink({ ...alert, state: "resolved", message: "High CPU usage is over" });
    assert.deepEqual(lines, [
      ["warn", alert.message, "cpu"],
      ["info", "High CPU usage is over", "cpu"],
    ]);
  });
});
