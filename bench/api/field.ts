import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeApiKey } from "../../app/local/key.ts";
import { type Postgres, startReplica } from "../../app/local/postgres.ts";
import { type Stack, startStack } from "../../app/local/stack.ts";
import { loadData } from "./data.ts";
import { listPage } from "./page.ts";
import { CACHE } from "./places.ts";
import { peersPython } from "./python.ts";
import { type Contender, REPLICA_HOST, type Server, startFloor, startPeer, startService } from "./servers.ts";

/** The servers that are compared, on one database and one cache with the same data. */
export interface Field {
  readonly stack: Stack;
  /** Read from by every server; the stack's own PostgreSQL is written to. */
  readonly replica: Postgres;
  readonly servers: ReadonlyMap<Contender, Server>;
  /** Session token of the service, with a quota that no load reaches. */
  readonly token: string;
  stop(): Promise<void>;
}

/** What a field has. */
export interface FieldOptions {
  readonly contenders: readonly Contender[];
  /** Flags for the service's processes. */
  readonly nodeArguments?: readonly string[];
}

/** Guide, PostgreSQL Configuration, as far as it decides plans; the rest is for this machine. */
const POSTGRES = {
  random_page_cost: "1.1",
  effective_cache_size: "4GB",
  work_mem: "64MB",
  shared_buffers: "512MB",
  max_wal_size: "4GB",
  // Two peers with two workers of up to 50 connections each, beside the service's.
  max_connections: "300",
};

/** A quota far above what the machine can do. */
const QUOTA = { requestsPerSecond: 1_000_000, burst: 1_000_000 };

/** Starts database, cache and servers, and loads the data. */
export async function startField({ contenders, nodeArguments = [] }: FieldOptions): Promise<Field> {
  const python = contenders.some((name) => name === "a" || name === "b") ? await peersPython() : "";
  const stack = await startStack({
    postgresParameters: POSTGRES,
    // Guide, Caching Strategies: 1 GB, the least recently used goes first.
    redisArguments: ["--maxmemory", "1gb", "--maxmemory-policy", "allkeys-lru"],
  });
  const servers = new Map<Contender, Server>();
  let replica: Postgres | undefined;
  const stop = async () => {
    await Promise.all([...servers.values()].map((server) => server.stop()));
    await replica?.stop();
    await stack.stop();
  };
  try {
    await loadData(stack);
    replica = await startReplica(stack.postgres, REPLICA_HOST);
    const service = await startService(stack, nodeArguments);
    servers.set("service", service);
    const token = await openSession(service, await makeApiKey(stack, "benchmark", QUOTA));
    for (const name of contenders) {
      if (name === "service") continue;
      servers.set(
        name,
        await (name === "floor" ? startFloor(await listFile(service, token)) : startPeer(name, stack, python)),
      );
    }
    return { stack, replica, servers, token, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openSession({ port }: Server, apiKey: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/auth/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ api_key: apiKey }),
  });
  if (response.status !== 201) throw new Error(`no session: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { token: string }).token;
}

/** The file of the page that the service answers, for the floor to answer the same bytes. */
async function listFile({ port }: Server, token: string): Promise<string> {
  const file = join(CACHE, "bench-api", "list.json");
  writeFileSync(file, await listPage(port, token));
  return file;
}
