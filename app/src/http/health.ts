import { setTimeout as delay } from "node:timers/promises";
import { type Static, Type } from "@fastify/type-provider-typebox";
import type { FastifyReply } from "fastify";
import type { App, Services } from "./services.ts";

/** What a probe is told may be this old: several ask at once, and their answers cost the dependencies nothing. */
const FRESH_MS = 2000;

/** Below the readiness probe's own time-out of 3 s, so that the answer says what is wrong. */
const CHECK_TIMEOUT_MS = 2000;

/** The answer of liveness, made once. */
const ALIVE = Buffer.from('{"status":"ok"}');

const Alive = Type.Object({ status: Type.Literal("ok") }, { additionalProperties: false });

const Check = Type.Object(
  {
    status: Type.Enum(["up", "down"]),
    latency_ms: Type.Number({ minimum: 0, description: "How long the check took." }),
  },
  { additionalProperties: false },
);

const Checks = Type.Object({ database: Check, cache: Check, models: Check }, { additionalProperties: false });

const Readiness = Type.Object(
  {
    status: Type.Enum(["ready", "degraded", "unavailable", "draining"], {
      description: "Everything can be served, or some of it, or nothing; or the process is about to leave.",
    }),
    checks: Type.Optional(Checks),
  },
  { additionalProperties: false },
);

type Check = Static<typeof Check>;
type Checks = Static<typeof Checks>;
type Readiness = Static<typeof Readiness>;

/** `/health` for liveness, and `/ready` for readiness. */
export function healthRoutes(app: App, services: Services): void {
  const readiness = watchReadiness(services);

  app.get(
    "/health",
    {
      config: { scope: "none" },
      schema: {
        summary: "Is the process alive?",
        description: "Touches nothing else: a dependency that is down is no reason to restart the process.",
        tags: ["health"],
        response: { 200: Alive },
      },
    },
    (_request, reply) => sendAlive(reply),
  );

  app.get(
    "/ready",
    {
      config: { scope: "none" },
      schema: {
        summary: "Can the service be asked?",
        description:
          "Degraded is ready: without the cache every answer comes from the database, without the models there are no predictions, and without the database answers come from the cache, for a few minutes.",
        tags: ["health"],
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply) => {
      const answer: Readiness = services.isDraining() ? { status: "draining" } : await readiness();
      reply.header("cache-control", "no-store");
      if (answer.status === "draining" || answer.status === "unavailable") reply.code(503);
      return answer;
    },
  );
}

function sendAlive(reply: FastifyReply): void {
  reply.header("content-type", "application/json").header("cache-control", "no-store").send(ALIVE);
}

/** Checks the dependencies when it is asked, for all who ask at once, and not again within {@link FRESH_MS}. */
function watchReadiness({ config, logger, database, cache, models }: Services): () => Promise<Readiness> {
  const down = new Set<string>();
  const check = async (name: keyof Checks, ask: () => Promise<void>): Promise<Check> => {
    const began = performance.now();
    const latency = () => Math.round((performance.now() - began) * 1000) / 1000;
    try {
      await withinTime(ask());
      if (down.delete(name)) logger.warn({ dependency: name }, "up again");
      return { status: "up", latency_ms: latency() };
    } catch (error) {
      if (!down.has(name)) logger.error({ err: error, dependency: name }, "down");
      down.add(name);
      return { status: "down", latency_ms: latency() };
    }
  };

  /** Until when cached answers make up for the database, on the monotonic clock. Before its first answer there are none. */
  let servedUntil = 0;
  const report = async (): Promise<Readiness> => {
    const [databaseCheck, cacheCheck, modelsCheck] = await Promise.all([
      check("database", () => database.check()),
      check("cache", async () => {
        if (!(await cache.health())) throw new Error("the cache does not answer");
      }),
      check("models", () => models.check()),
    ]);
    const checks: Checks = { database: databaseCheck, cache: cacheCheck, models: modelsCheck };
    const now = performance.now();
    if (databaseCheck.status === "up") servedUntil = now + config.API_CACHE_SECONDS * 1000;
    else if (now >= servedUntil) return { status: "unavailable", checks };
    const all = Object.values(checks).every(({ status }) => status === "up");
    return { status: all ? "ready" : "degraded", checks };
  };

  let latest: { readonly report: Promise<Readiness>; freshUntil: number } | undefined;
  return () => {
    if (latest === undefined || performance.now() >= latest.freshUntil) {
      const made = { report: report(), freshUntil: Number.POSITIVE_INFINITY };
      latest = made;
      made.report.then(
        () => {
          made.freshUntil = performance.now() + FRESH_MS;
        },
        () => undefined,
      );
    }
    return latest.report;
  };
}

/** @throws Error when the check has not ended after {@link CHECK_TIMEOUT_MS} */
async function withinTime(check: Promise<void>): Promise<void> {
  const ended = new AbortController();
  const late = delay(CHECK_TIMEOUT_MS, undefined, { signal: ended.signal }).then(() => {
    throw new Error(`no answer within ${CHECK_TIMEOUT_MS} ms`);
  });
  try {
    await Promise.race([check, late]);
  } finally {
    ended.abort();
    late.catch(() => undefined);
  }
}
