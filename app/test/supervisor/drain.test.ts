import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, describe, it } from "node:test";
import { drainOf } from "../../src/supervisor/drain.ts";
import { until } from "../support/until.ts";

const GET = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

describe("draining", () => {
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  /** A server that answers at once, or when the test does it; and connections to it. */
  async function drained(answer = (response: ServerResponse) => void response.end("done")) {
    const responses: ServerResponse[] = [];
    const server = createServer((_request, response) => {
      responses.push(response);
      answer(response);
    });
    const drain = drainOf(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    assert.ok(address !== null && typeof address === "object");
    return {
      drain,
      responses,
      async open() {
        const socket = connect(address.port, "127.0.0.1");
        sockets.push(socket);
        const texts: string[] = [];
        socket.setEncoding("utf8").on("data", (text: string) => texts.push(text));
        const closed = new Promise((resolve) => socket.once("close", resolve));
        await once(socket, "connect");
        return { socket, closed, text: () => texts.join("") };
      },
    };
  }

  it("ends at once where there are no connections", async () => {
    const { drain } = await drained();
    const began = performance.now();
    assert.equal(await drain(60_000), true);
    assert.ok(performance.now() - began < 500);
  });

  it("takes no new connections", async () => {
    const { drain, open } = await drained();
    const { socket } = await open();
    const ended = drain(60_000);
    await assert.rejects(open(), { code: "ECONNREFUSED" });
    socket.destroy();
    assert.equal(await ended, true);
  });

  it("closes connections that never sent anything, and those that are idle", async () => {
    const { drain, open } = await drained();
    const silent = await open();
    const idle = await open();
    idle.socket.write(GET);
    await until(() => idle.text().includes("done"), "an answer");
    assert.equal(await drain(60_000), true);
    await Promise.all([silent.closed, idle.closed]);
  });

  it("still answers a request that comes over an idle connection", async () => {
    const { drain, open } = await drained();
    const { socket, text } = await open();
    socket.write(GET);
    await until(() => text().includes("done"), "an answer");
    const ended = drain(60_000);
    socket.write(GET);
    assert.equal(await ended, true);
    assert.equal(text().match(/done/g)?.length, 2);
  });

  it("waits for an answer that takes long, and closes its connection after it", async () => {
    const { drain, open, responses } = await drained(() => undefined);
    const { socket, closed, text } = await open();
    socket.write(GET);
    await until(() => responses.length === 1, "the request");
    const ended = drain(60_000);
    const late = setTimeout(() => responses[0]?.end("done"), 1300);
    assert.equal(await ended, true);
    clearTimeout(late);
    await closed;
    assert.match(text(), /done/);
  });

  it("cuts off a request that does not end in time, and says so", async () => {
    const { drain, open } = await drained();
    const { socket, closed } = await open();
    socket.write("GET / HTTP/1.1\r\nHost: never-finished\r\n");
    const began = performance.now();
    assert.equal(await drain(1200), false);
    assert.ok(performance.now() - began >= 1190);
    await closed;
  });
});
