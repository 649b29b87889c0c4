import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server as TcpServer } from "node:net";
import { check } from "../../../ops/checklist/item";
import { ITEMS } from "../../../ops/checklist/items";
import { type GivenAddresses, givenParts, readRunning } from "../../../ops/checklist/running";
import type { Subject } from "../../../ops/checklist/subject";
import { production } from "./subject";

/** A port on which nothing listens, since whoever had it is gone. */
async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  server.close();
  return port;
}

async function listening(server: Server | TcpServer): Promise<number> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  return (server.address() as AddressInfo).port;
}

describe("the checklist of a system that does not run as it must", function () {
  // Each part is given ten seconds to answer.
  this.timeout(60_000);
  let prod: Subject;
  const servers: (Server | TcpServer)[] = [];

  before(async () => {
    prod = await production();
  });

  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function serving(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    return `http://127.0.0.1:${await listening(server)}`;
  }

  async function itemOf(given: GivenAddresses, id: string) {
    const running = await readRunning(prod.root, givenParts(given), prod, () => undefined);
    const item = ITEMS.find((one) => one.id === id);
    assert.ok(item);
    return check(item, { ...prod, running });
  }

  const faultsOf = async (given: GivenAddresses, id: string) =>
    (await itemOf(given, id)).evidence.filter(({ status }) => status === "fail").map(({ found }) => found);

  it("says that nothing listens", async () => {
    const port = await closedPort();
    const found = [
      ...(await faultsOf({ url: `http://127.0.0.1:${port}` }, "compression")),
      ...(await faultsOf({ "metrics-url": `http://127.0.0.1:${port}` }, "application-pooling")),
      ...(await faultsOf({ "cache-url": `redis://127.0.0.1:${port}` }, "caching")),
    ];
    assert.equal(found.length, 3);
    for (const text of found) assert.match(text, /nothing listens there/);
    const database = { "database-url": `postgresql://reader@127.0.0.1:${port}/pynomaly` };
    assert.match((await faultsOf(database, "indexes-created"))[0] ?? "", /nothing listens on 127\.0\.0\.1/);
  });

  it("waits for a server that accepts and says nothing no longer than it must", async () => {
    const silent = createTcpServer(() => undefined);
    servers.push(silent);
    const port = await listening(silent);
    const [service, cache, metrics, database] = await Promise.all([
      faultsOf({ url: `http://127.0.0.1:${port}` }, "compression"),
      faultsOf({ "cache-url": `redis://127.0.0.1:${port}` }, "caching"),
      faultsOf({ "metrics-url": `http://127.0.0.1:${port}` }, "metrics-collected"),
      faultsOf({ "database-url": `postgresql://reader@127.0.0.1:${port}/pynomaly` }, "indexes-created"),
    ]);
    assert.match(service[0] ?? "", /no answer in 10 s/);
    assert.match(metrics[0] ?? "", /no answer in 10 s/);
    assert.match(cache[0] ?? "", /no answer in 10 s/);
    assert.match(database[0] ?? "", /does not answer in 10 s/);
  });

  it("reads no answer that does not end", async () => {
    const url = await serving((_, response) => {
      const more = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(1024 * 1024), more);
      };
      more();
    });
    assert.match((await faultsOf({ url }, "compression"))[0] ?? "", /the answer does not end/);
  });

  it("takes what is no Pynomaly, or half of one, for a fault", async () => {
    const url = await serving((request, response) => {
      response.writeHead(request.url === "/ready" ? 503 : 200, { "content-type": "text/plain" }).end("hello");
    });
    assert.deepEqual(await faultsOf({ url }, "caching"), ["503 hello"]);
    assert.deepEqual(await faultsOf({ url }, "compression"), ["200, content-encoding none: 5 of 5 bytes"]);
    // Metrics for everybody.
    assert.deepEqual(await faultsOf({ url }, "load-balancer"), ["200"]);
    assert.match(
      (await faultsOf({ "metrics-url": url }, "metrics-collected"))[0] ?? "",
      /it is not the service's port for metrics/,
    );
  });

  it("takes a server without TLS for one, where TLS was asked for", async () => {
    const url = (await serving((_, response) => response.end())).replace("http:", "https:");
    assert.match((await faultsOf({ url }, "load-balancer"))[0] ?? "", /it does not speak TLS/);
  });
});
