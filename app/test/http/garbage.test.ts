import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { App } from "../../src/http/services.ts";
import { listen, subject } from "./support.ts";

const CONNECTIONS = 32;
const REQUESTS = 10_000;
/** Of the young heap, one for so many requests. */
const COLLECTED_EVERY = 1000;

setFlagsFromString("--expose-gc");
setFlagsFromString("--no-allocation-site-pretenuring");
const collect: (options: { type: "minor" | "major" }) => void = runInNewContext("gc");

/** Asks over connections that each wait for their answer. */
async function ask(port: number): Promise<void> {
  let asked = 0;
  const one = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1");
      const send = () => {
        asked += 1;
        if (asked % COLLECTED_EVERY === 0) collect({ type: "minor" });
        socket.write("GET /fast HTTP/1.1\r\nHost: localhost\r\n\r\n");
      };
      socket.on("connect", send);
      socket.on("data", () => (asked < REQUESTS ? send() : socket.end()));
      socket.on("error", reject).on("close", resolve);
    });
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
}

// 700 bytes of each; with a Set of the requests under way, 3300.
test("what a request leaves in memory is collected with the young heap, and does not wait for the whole", async (t) => {
  const routes = (app: App) => {
    app.get("/fast", { config: { scope: "none" } }, async () => {
      await setImmediate();
      return { done: true };
    });
  };
  const { app } = await subject(t, { routes: [routes] });
  const port = await listen(app);
  await ask(port);

  collect({ type: "major" });
  await ask(port);
  collect({ type: "minor" });
  const before = getHeapStatistics().used_heap_size;
  collect({ type: "major" });
  const left = (before - getHeapStatistics().used_heap_size) / REQUESTS;
  assert.ok(left < 1500, `${Math.round(left)} bytes of each request were left`);
});
