import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  CACHE_PARAMETER_GROUP,
  CONFIG_MAP,
  DEPLOYMENT,
  RDS_PROXY,
  REPLICATION_GROUP,
} from "../../../policy/framework/types";
import { LIMITS } from "../../../sizing/limits";
import { gib, readableSize } from "../../../sizing/units";
import { targets } from "../../../targets";
import { blockingCalls } from "../blocking-calls";
import type { ChecklistItem, Evidence, Look } from "../item";
import { running } from "../look";
import { comesFrom, each, equals, meets, rules } from "../stack";
import type { Subject } from "../subject";

const section = "Application Performance";

const variable = (name: string): string => `spec.template.spec.containers.0.env[name=${name}].value`;

/** The ConfigMap that tells the pods where everything is. */
const CONNECTIONS = /^api-config$/;

/** The framework and the runtime that the image is built with. */
const framework: Look = ({ root }) => {
  const { dependencies } = JSON.parse(readFileSync(join(root, "app", "package.json"), "utf8"));
  const [, node] = /^FROM node:(\S+)$/m.exec(readFileSync(join(root, "app", "Dockerfile"), "utf8")) ?? [];
  const evidence = (subject: string, property: string, found: string | undefined): Evidence =>
    found === undefined
      ? { source: "code", status: "fail", subject, property, found: "none", expected: "one" }
      : { source: "code", status: "pass", subject, property, found };
  return [
    evidence("app/package.json", "fastify", dependencies?.fastify),
    evidence("app/Dockerfile", "FROM node", node),
  ];
};

const answersHealth = running("service", "GET /health", ({ health }) => {
  const about = { source: "service", subject: "GET /health" } as const;
  const found = `${health.status} in ${health.milliseconds.toFixed(0)} ms, ${health.headers["x-response-time"] ?? "?"} ms of it the service's`;
  if (health.status === 200) return [{ ...about, status: "pass", found }];
  return [{ ...about, status: "fail", found, expected: "200" }];
});

/** Read as it is loaded, before there are requests: which version of the schema the service needs. */
const READ_AT_START = "database/migrations/files.ts";

/** Code that waits holds up every request of its process. */
const neverBlocks: Look = ({ root }) => {
  const { modules, calls: all } = blockingCalls(join(root, "app", "src"), "worker.ts");
  const calls = all.filter(({ file }) => file !== READ_AT_START);
  const about = { source: "code", property: "blocking calls" } as const;
  if (calls.length === 0) {
    return [
      {
        ...about,
        status: "pass",
        subject: "app/src/worker.ts",
        found: `none in its ${modules} modules once they are loaded`,
      },
    ];
  }
  return calls.map(({ file, name }) => {
    return { ...about, status: "fail", subject: `app/src/${file}`, found: name, expected: "the asynchronous form" };
  });
};

/** A loop that is late by the target of the 99th percentile keeps none of the targets. */
const loopIsPunctual = running("metrics", "the event loop's delay", ({ address, loopDelays }) => {
  const most = targets.apiLatencyP99.value;
  const about = { source: "metrics", subject: `${address}/monitor`, property: "event_loop_delay_p99" } as const;
  // The start's own interval, in which everything is loaded, is one of many.
  const median = [...loopDelays].sort((a, b) => a - b)[Math.floor(loopDelays.length / 2)];
  if (median === undefined) {
    return [{ ...about, status: "not checked", found: "nothing measured yet", missing: "half a minute, then again" }];
  }
  const found = `${median.toFixed(1)} ms, median of ${loopDelays.length} intervals`;
  if (median < most) return [{ ...about, status: "pass", found }];
  return [{ ...about, status: "fail", found, expected: `below ${most} ms` }];
});

const poolsAreEnough = running("metrics", "the database pools", ({ address, samples }) =>
  pools(samples).map((pool): Evidence => {
    const state = (name: string) =>
      samples.get(`pynomaly_database_pool_connections{pool="${pool}",state="${name}"}`) ?? 0;
    const [total, idle, waiting, max] = ["total", "idle", "waiting", "max"].map(state) as [
      number,
      number,
      number,
      number,
    ];
    const found = `${total - idle} of ${max} in use, ${waiting} waiting`;
    const about = { source: "metrics", subject: `${address}/metrics`, property: `pool ${pool}`, found } as const;
    if (max > 0 && waiting === 0) return { ...about, status: "pass" };
    return { ...about, status: "fail", expected: "a pool that nobody waits for" };
  }),
);

const POOL = /^pynomaly_database_pool_connections\{pool="([^"]+)",state="max"\}$/;

function pools(samples: ReadonlyMap<string, number>): string[] {
  return [...samples.keys()].flatMap((name) => POOL.exec(name)?.[1] ?? []);
}

/** Guide, Redis Caching Optimization: the cache drops the oldest, keeps to its memory and answers. */
const cacheWorks = running("cache", "INFO", ({ address, info }) => {
  const number = (name: string) => Number(info.get(name) ?? Number.NaN);
  const policy = info.get("maxmemory_policy") ?? "unknown";
  const used = number("used_memory");
  const most = gib(targets.cacheMemory.value);
  const [hits, misses] = [number("keyspace_hits"), number("keyspace_misses")];
  const share = hits + misses === 0 ? "nothing asked yet" : `${((100 * hits) / (hits + misses)).toFixed(0)} % hits`;
  const evidence = (property: string, found: string, holds: boolean, expected: string): Evidence => ({
    source: "cache",
    status: holds ? "pass" : "fail",
    subject: address,
    property,
    found,
    ...(!holds && { expected }),
  });
  return [
    evidence("maxmemory_policy", policy, policy === "allkeys-lru", "allkeys-lru"),
    evidence("used_memory", readableSize(used), used < most, `below ${readableSize(most)}`),
    evidence("evicted_keys", `${number("evicted_keys")}; ${share}`, number("evicted_keys") === 0, "none"),
  ];
});

const dependenciesAnswer = running("service", "GET /ready", ({ ready }) => {
  const about = { source: "service", subject: "GET /ready" } as const;
  const found = `${ready.status} ${ready.body.toString().slice(0, 400)}`;
  if (ready.status === 200 && /"status":"ready"/.test(found)) return [{ ...about, status: "pass", found }];
  return [{ ...about, status: "fail", found, expected: '200 and "ready"' }];
});

const compresses = running("service", "GET /openapi.json", ({ description, descriptionPlain }) => {
  const about = { source: "service", subject: "GET /openapi.json" } as const;
  const encoding = description.headers["content-encoding"] ?? "none";
  const found = `content-encoding ${encoding}: ${description.body.length} of ${descriptionPlain.body.length} bytes`;
  const smaller = description.body.length < descriptionPlain.body.length;
  if (description.status === 200 && encoding === "gzip" && smaller) return [{ ...about, status: "pass", found }];
  return [
    { ...about, status: "fail", found: `${description.status}, ${found}`, expected: "200, gzip, and fewer bytes" },
  ];
});

const lookupsHit = running("metrics", "look-ups of the cache", ({ address, samples }) => {
  const count = (outcome: string) => samples.get(`pynomaly_cache_lookups_total{outcome="${outcome}"}`);
  const about = { source: "metrics", subject: `${address}/metrics`, property: "pynomaly_cache_lookups_total" } as const;
  const [hit, miss] = [count("hit"), count("miss")];
  if (hit === undefined || miss === undefined) {
    return [{ ...about, status: "fail", found: "no such metric", expected: "hits and misses, counted" }];
  }
  return [{ ...about, status: "pass", found: `${hit} hits, ${miss} misses` }];
});

/** Guide, Pre-Production Performance Checklist: "Application Performance". */
export const applicationItems: readonly ChecklistItem[] = [
  {
    id: "fast-server",
    section,
    title: "FastAPI with uvloop and httptools",
    looks: [
      framework,
      each(DEPLOYMENT, [
        equals(variable("NODE_ENV"), "production"),
        equals(variable("WORKERS"), ({ plan }: Subject) => String(plan.connections.workersPerPod)),
      ]),
      answersHealth,
    ],
  },
  {
    id: "asynchronous",
    section,
    title: "Async/await used throughout",
    looks: [neverBlocks, loopIsPunctual],
  },
  {
    id: "application-pooling",
    section,
    title: "Connection pooling implemented",
    looks: [
      each(DEPLOYMENT, [
        equals(variable("DATABASE_WRITER_POOL_MAX"), ({ plan }: Subject) =>
          String(plan.connections.writerPoolPerProcess),
        ),
        equals(variable("DATABASE_READER_POOL_MAX"), ({ plan }: Subject) =>
          String(plan.connections.readerPoolPerProcess),
        ),
        equals(variable("DATABASE_POOL_IDLE_SECONDS"), ({ plan }: Subject) => String(plan.connections.poolIdleSeconds)),
      ]),
      each(CONFIG_MAP, [comesFrom("data", RDS_PROXY)], CONNECTIONS),
      poolsAreEnough,
    ],
  },
  {
    id: "caching",
    section,
    title: "Caching strategy implemented",
    looks: [
      each(DEPLOYMENT, [equals(variable("API_CACHE_SECONDS"), String(LIMITS.apiCacheSeconds))]),
      each(CONFIG_MAP, [comesFrom("data", REPLICATION_GROUP)], CONNECTIONS),
      each(CACHE_PARAMETER_GROUP, [
        meets(
          "parameters",
          ({ plan }) => JSON.stringify(plan.cache.parameters),
          (value, { plan }) => JSON.stringify(value) === JSON.stringify(plan.cache.parameters),
        ),
      ]),
      rules("cache-fit", "cache-failover"),
      dependenciesAnswer,
      lookupsHit,
      cacheWorks,
    ],
  },
  {
    id: "compression",
    section,
    title: "Response compression enabled",
    looks: [
      each(DEPLOYMENT, [
        equals(variable("GZIP_MIN_BYTES"), String(LIMITS.gzipMinBytes)),
        equals(variable("GZIP_LEVEL"), String(LIMITS.gzipLevel)),
      ]),
      compresses,
    ],
  },
];
