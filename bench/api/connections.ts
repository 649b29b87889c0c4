import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type * as Targets from "../../targets.ts";
import { childrenOf, residentBytes } from "./cpu.ts";
import { type Field, startField } from "./field.ts";
import { type OpenLoad, openLoad } from "./open-loop.ts";
import { LIST } from "./page.ts";
import { CACHE } from "./places.ts";
import { program } from "./program.ts";
import { spread } from "./ratios.ts";
import { figure, table } from "./report.ts";
import type { Contender, Server } from "./servers.ts";

// The root package is CommonJS, which an import would complain of.
const { targets } = createRequire(import.meta.url)("../../targets.ts") as typeof Targets;

/** The loads that the service is compared with its peers at; below what the slower peer can do. */
const OFFERED = [
  { title: "cached list", uncached: false, requestsPerSecond: 300 },
  { title: "uncached list", uncached: true, requestsPerSecond: 120 },
] as const;
const OFFERED_CONNECTIONS = 64;
const ROUNDS = 3;
const GIB = 1024 ** 3;

/** What one server made of an offered load in one round. */
interface Offered extends OpenLoad {
  readonly title: string;
  readonly server: Contender;
}

/** What the service made of many connections. */
interface Crowd extends OpenLoad {
  /** Resident memory of all its processes at the end: one instance is one pod. */
  readonly bytes: number;
}

await program(async () => {
  const { values } = parseArgs({
    options: { seconds: { type: "string", default: "30" }, gate: { type: "boolean", default: false } },
  });
  const seconds = Number(values.seconds);
  const field = await startField({ contenders: ["service", "a", "b"] });
  try {
    const offered = await compare(field, Math.ceil(seconds / 3));
    const crowd = await crowdOf(field, seconds);
    const complaints = [...missedByCrowd(crowd), ...slowerThanPeers(offered)];
    const text = [offeredTable(offered), crowdTable(crowd), ...complaints.map((text) => `MISSED: ${text}`)].join(
      "\n\n",
    );
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(join(CACHE, "bench-api-connections.json"), JSON.stringify({ seconds, offered, crowd }, null, 2));
    writeFileSync(join(CACHE, "bench-api-connections.md"), `${text}\n`);
    console.log(text);
    if (values.gate && complaints.length > 0) process.exitCode = 1;
  } finally {
    await field.stop();
  }
});

/** The same load to each server, in turns. */
async function compare({ servers, token }: Field, seconds: number): Promise<Offered[]> {
  const measured: Offered[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { title, uncached, requestsPerSecond } of OFFERED) {
      for (const { name, port } of servers.values()) {
        // Pages that no server was asked for before: the cache has them by the server's own key.
        const count = requestsPerSecond * seconds;
        const paths = uncached ? pages(round * count, count) : [LIST];
        const load = await openLoad({
          port,
          token,
          paths,
          requestsPerSecond,
          seconds,
          connections: OFFERED_CONNECTIONS,
        });
        // The first round warms up.
        if (round > 0) measured.push({ title, server: name, ...load });
      }
    }
  }
  return measured;
}

/** Different pages, one for each key. */
function pages(firstKey: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const key = firstKey + index;
    return `/api/v1/anomalies?limit=100&offset=${Math.floor(key / 200) % 200}&model_id=${(key % 200) + 1}`;
  });
}

async function crowdOf({ servers, token }: Field, seconds: number): Promise<Crowd> {
  const service = servers.get("service") as Server;
  const load = await openLoad({
    port: service.port,
    token,
    paths: [LIST],
    connections: targets.concurrentUsers.value,
    requestsPerSecond: targets.requestRate.value,
    seconds,
  });
  const bytes = [service.pid, ...childrenOf(service.pid)].reduce((sum, pid) => sum + residentBytes(pid), 0);
  return { ...load, bytes };
}

function missedByCrowd({ failed, latency, bytes }: Crowd): string[] {
  const checks = [
    [failed > 0, `${failed} requests failed`],
    [latency.p50 >= targets.apiLatencyP50.value, `p50 ${figure(latency.p50)} ms`],
    [latency.p95 >= targets.apiLatencyP95.value, `p95 ${figure(latency.p95)} ms`],
    [latency.p99 >= targets.apiLatencyP99.value, `p99 ${figure(latency.p99)} ms`],
    [bytes >= targets.apiMemory.value * GIB, `${figure(bytes / GIB)} GiB`],
  ] as const;
  return checks.filter(([missed]) => missed).map(([, text]) => `${targets.concurrentUsers.value} connections: ${text}`);
}

/** Where the service's p99, the middle of the rounds, is not below a peer's. */
function slowerThanPeers(offered: readonly Offered[]): string[] {
  return OFFERED.flatMap(({ title }) => {
    const p99s = (server: Contender) =>
      offered.filter((load) => load.title === title && load.server === server).map(({ latency }) => latency.p99);
    const own = spread(p99s("service")).median;
    return (["a", "b"] as const)
      .map((peer) => ({ peer, theirs: spread(p99s(peer)).median }))
      .filter(({ theirs }) => !(own < theirs))
      .map(({ peer, theirs }) => `${title}: p99 of ${figure(own)} ms is not below ${peer}'s ${figure(theirs)} ms`);
  });
}

function milliseconds({ latency }: OpenLoad): string[] {
  return [latency.p50, latency.p95, latency.p99, latency.max].map(figure);
}

function offeredTable(offered: readonly Offered[]): string {
  return table(
    ["offered load", "server", "p50 ms", "p95 ms", "p99 ms", "max ms", "failed"],
    offered
      .toSorted((a, b) => (a.title + a.server).localeCompare(b.title + b.server))
      .map((load) => [load.title, load.server, ...milliseconds(load), String(load.failed)]),
  );
}

function crowdTable(crowd: Crowd): string {
  const title = `${targets.concurrentUsers.value} connections, ${targets.requestRate.value} requests/s`;
  return table(
    [title, "p50 ms", "p95 ms", "p99 ms", "max ms", "failed", "memory GiB"],
    [["service", ...milliseconds(crowd), String(crowd.failed), figure(crowd.bytes / GIB)]],
  );
}
