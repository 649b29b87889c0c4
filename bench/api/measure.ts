import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Stack } from "../../app/local/stack.ts";
import { cpuTimes } from "./cpu.ts";
import { listPage } from "./page.ts";
import { commandCalls, redisCommand } from "./redis.ts";
import type { Contender, Server } from "./servers.ts";
import { type Kind, type Load, load } from "./wrk.ts";

/** One server under one kind of work for some seconds. */
export interface Cell {
  readonly kind: Kind;
  readonly server: Contender;
  readonly requestsPerSecond: number;
  readonly latency: Load["latency"];
  readonly failed: number;
  /** For one request. */
  readonly perRequest: {
    /** CPU, in microseconds: the server with its workers, PostgreSQL, Redis. */
    readonly cpu: number;
    readonly databaseCpu: number;
    readonly cacheCpu: number;
    /** Statements that PostgreSQL executed. */
    readonly statements: number;
    /** Commands that Redis executed, those inside scripts among them. */
    readonly commands: number;
  };
  /** Share of the machine's CPU that others took, from 0 to 1. */
  readonly foreign: number;
  /** How often it was measured again, as others took too much. */
  readonly repeats: number;
}

/** A cell to measure. */
export interface CellOptions {
  readonly stack: Stack;
  readonly server: Server;
  readonly kind: Kind;
  readonly token: string;
  readonly seconds: number;
  /** Times that it may be measured again. */
  readonly maxRepeats: number;
}

/** Above it a cell is measured again: with it, ratios moved by less than rounds among themselves do. */
const FOREIGN_LIMIT = 0.12;

/** Keys that were used, so that no cell finds another's in the first level. */
let nextKey = 0;

/** Measures a cell, again while others take too much of the machine, and answers the quietest. */
export async function measureCell(options: CellOptions): Promise<Cell> {
  let best: Cell | undefined;
  for (let repeats = 0; repeats <= options.maxRepeats; repeats += 1) {
    const cell = await measureOnce(options, repeats);
    if (best === undefined || cell.foreign < best.foreign) best = cell;
    if (cell.foreign < FOREIGN_LIMIT) return cell;
  }
  return { ...(best as Cell), repeats: options.maxRepeats };
}

async function measureOnce({ stack, server, kind, token, seconds }: CellOptions, repeats: number): Promise<Cell> {
  if (kind === "uncached") await emptyCache(stack, server, token);
  const before = await counters(stack, server);
  const { requests, latency, failed, ...result } = await load({
    port: server.port,
    kind,
    token,
    seconds,
    firstKey: nextKey,
  });
  const after = await counters(stack, server);
  nextKey += 2 * requests;

  const used = (pid: number) => (after.cpu.trees.get(pid) ?? 0) - (before.cpu.trees.get(pid) ?? 0);
  const micros = (pid: number) => (used(pid) / requests) * 1e6;
  const elapsed = (after.at - before.at) / 1000;
  const foreign = after.cpu.machine - before.cpu.machine - used(process.pid);
  return {
    kind,
    server: server.name,
    requestsPerSecond: requests / result.seconds,
    latency,
    failed,
    perRequest: {
      cpu: micros(server.pid),
      databaseCpu: micros(stack.postgres.pid),
      cacheCpu: micros(stack.redis.pid),
      statements: (after.statements - before.statements) / requests,
      commands: (after.commands - before.commands) / requests,
    },
    foreign: Math.max(0, foreign) / (elapsed * availableParallelism()),
    repeats,
  };
}

/** For the service, an empty Redis is one that was just written to: for some time then it does not read from replicas. */
const SETTLE_MS = 5500;

async function emptyCache({ redis }: Stack, { port, name }: Server, token: string): Promise<void> {
  await redisCommand(redis.port, "FLUSHALL");
  if (name !== "service") return;
  await listPage(port, token);
  await delay(SETTLE_MS);
}

async function counters(stack: Stack, server: Server) {
  const [statements, commands] = [await executedStatements(stack), await executedCommands(stack)];
  return {
    statements,
    commands,
    cpu: cpuTimes([process.pid, server.pid, stack.postgres.pid, stack.redis.pid]),
    at: performance.now(),
  };
}

/** Statements of the role that the servers log in as; BEGIN and COMMIT among them. */
async function executedStatements(stack: Stack): Promise<number> {
  const client = await stack.connect();
  try {
    const { rows } = await client.query(
      "SELECT coalesce(sum(calls), 0)::float8 AS calls FROM pg_stat_statements WHERE userid = $1::regrole",
      [stack.app.username],
    );
    return rows[0].calls;
  } finally {
    await client.end();
  }
}

/** What the runner itself asks is not counted. */
const OWN_COMMANDS = new Set(["info", "quit", "flushall"]);

async function executedCommands(stack: Stack): Promise<number> {
  const calls = await commandCalls(stack.redis.port);
  return [...calls].reduce((sum, [name, count]) => (OWN_COMMANDS.has(name) ? sum : sum + count), 0);
}
