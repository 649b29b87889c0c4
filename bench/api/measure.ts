import { availableParallelism } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "../../app/local/postgres.ts";
import { cpuTimes } from "./cpu.ts";
import type { Field } from "./field.ts";
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
  readonly field: Field;
  readonly server: Server;
  readonly kind: Kind;
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

async function measureOnce({ field, server, kind, seconds }: CellOptions, repeats: number): Promise<Cell> {
  const { stack, replica, token } = field;
  if (kind === "uncached") await emptyCache(field, server);
  const before = await counters(field, server);
  const { requests, latency, failed, ...result } = await load({
    port: server.port,
    kind,
    token,
    seconds,
    firstKey: nextKey,
  });
  const after = await counters(field, server);
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
      databaseCpu: micros(stack.postgres.pid) + micros(replica.pid),
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

async function emptyCache({ stack, token }: Field, { port, name }: Server): Promise<void> {
  await redisCommand(stack.redis.port, "FLUSHALL");
  if (name !== "service") return;
  await listPage(port, token);
  await delay(SETTLE_MS);
}

async function counters(field: Field, server: Server) {
  const { postgres, redis } = field.stack;
  const [statements, commands] = [await executedStatements(field), await executedCommands(redis.port)];
  return {
    statements,
    commands,
    cpu: cpuTimes([process.pid, server.pid, postgres.pid, field.replica.pid, redis.pid]),
    at: performance.now(),
  };
}

/** Statements of the role that the servers log in as; BEGIN and COMMIT among them. */
async function executedStatements({ stack, replica }: Field): Promise<number> {
  let executed = 0;
  for (const { host, port, owner } of [stack.postgres, replica]) {
    const client = await connect(port, owner, stack.database, host);
    try {
      const { rows } = await client.query(
        "SELECT coalesce(sum(calls), 0)::float8 AS calls FROM pg_stat_statements WHERE userid = $1::regrole",
        [stack.app.username],
      );
      executed += rows[0].calls;
    } finally {
      await client.end();
    }
  }
  return executed;
}

/** What the runner itself asks is not counted. */
const OWN_COMMANDS = new Set(["info", "quit", "flushall"]);

async function executedCommands(port: number): Promise<number> {
  const calls = await commandCalls(port);
  return [...calls].reduce((sum, [name, count]) => (OWN_COMMANDS.has(name) ? sum : sum + count), 0);
}
