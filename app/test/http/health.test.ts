import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { standIn } from "../../src/http/openapi-text.ts";
import { until } from "../support/until.ts";
import { gate, subject } from "./support.ts";

/** Dependencies that are what the test says, and count how often they are asked. */
async function ready(t: TestContext, environment: Record<string, string> = {}) {
  const state = { database: true, cache: true, models: true, draining: false, asked: 0 };
  const up = (name: "database" | "models") => async () => {
    state.asked += 1;
    if (!state[name]) throw new Error(`${name} secret-host:5432 refused`);
  };
  const { app, log } = await subject(t, {
    environment,
    services: {
      database: standIn("database", { check: up("database") }),
      cache: standIn("cache", { health: async () => state.cache }),
      models: standIn("models", { check: up("models") }),
      isDraining: () => state.draining,
    },
  });
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let now = performance.now();
  t.mock.method(performance, "now", () => now);
  return {
    state,
    log,
    ask: () => app.inject("/ready"),
    /** Moves the clock on. */
    pass: (ms: number) => {
      now += ms;
    },
  };
}

test("liveness touches nothing", async (t) => {
  const { app } = await subject(t, {
    services: { database: standIn("database"), cache: standIn("cache"), models: standIn("models") },
  });
  const { statusCode, body, headers } = await app.inject("/health");
  assert.equal(statusCode, 200);
  assert.equal(body, '{"status":"ok"}');
  assert.equal(headers["cache-control"], "no-store");
  assert.equal((await app.inject({ method: "HEAD", url: "/health" })).statusCode, 200);
});

test("ready with everything up, and says how long each check took", async (t) => {
  const { ask } = await ready(t);
  const { statusCode, headers, ...answer } = await ask();
  assert.equal(statusCode, 200);
  assert.equal(headers["cache-control"], "no-store");
  const { status, checks } = answer.json();
  assert.equal(status, "ready");
  assert.deepEqual(Object.keys(checks), ["database", "cache", "models"]);
  for (const check of Object.values<{ status: string; latency_ms: number }>(checks)) {
    assert.equal(check.status, "up");
    assert.ok(check.latency_ms >= 0);
  }
});

test("without cache or models it is degraded, and stays ready", async (t) => {
  const { ask, state, pass, log } = await ready(t);
  for (const name of ["cache", "models"] as const) {
    state[name] = false;
    const answer = await ask();
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.json().status, "degraded");
    assert.equal(answer.json().checks[name].status, "down");
    assert.equal(answer.body.includes("secret-host"), false);
    state[name] = true;
    pass(3000);
  }
  assert.equal((await ask()).json().status, "ready");
  const messages = log.map(({ dependency, msg }) => `${dependency} ${msg}`);
  assert.deepEqual(messages.sort(), ["cache down", "cache up again", "models down", "models up again"]);
});

test("without the database it is ready for as long as cached answers last, and not after", async (t) => {
  const { ask, state, pass, log } = await ready(t, { API_CACHE_SECONDS: "300" });
  assert.equal((await ask()).json().status, "ready");
  state.database = false;
  for (const [seconds, status] of [
    [10, 200],
    [280, 200],
    [11, 503],
    [3600, 503],
  ] as const) {
    pass(seconds * 1000);
    assert.equal((await ask()).statusCode, status, `after ${seconds} s more`);
  }
  assert.equal(log.length, 1, "logged once");
  state.database = true;
  pass(3000);
  assert.equal((await ask()).json().status, "ready");
});

test("a process that never had its database is not ready", async (t) => {
  const { ask, state } = await ready(t);
  state.database = false;
  const answer = await ask();
  assert.equal(answer.statusCode, 503);
  assert.equal(answer.json().status, "unavailable");
});

test("whoever asks at once, or soon after, costs the dependencies one check", async (t) => {
  const { ask, state, pass } = await ready(t);
  await Promise.all(Array.from({ length: 50 }, ask));
  pass(1900);
  await ask();
  assert.equal(state.asked, 2, "database and models");
  pass(200);
  await ask();
  assert.equal(state.asked, 4);
});

test("draining is not ready at once, whatever was found before", async (t) => {
  const { ask, state } = await ready(t);
  await ask();
  state.draining = true;
  const answer = await ask();
  assert.equal(answer.statusCode, 503);
  assert.deepEqual(answer.json(), { status: "draining" });
});

test("a check that does not end counts as down after 2 s", async (t) => {
  const never = gate();
  const { app, log } = await subject(t, {
    services: { cache: standIn("cache", { health: () => never.opened.then(() => true) }) },
  });
  const began = performance.now();
  const answer = await app.inject("/ready");
  assert.ok(performance.now() - began >= 1990);
  assert.equal(answer.json().checks.cache.status, "down");
  await until(() => log.length > 0);
});
