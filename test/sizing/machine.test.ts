import assert from "node:assert/strict";
import fc from "fast-check";
import { parseSettings } from "../../settings";
import { type MachineInput, machineSizing } from "../../sizing/machine";
import { gib, mib } from "../../sizing/units";
import { PRODUCTION } from "../support/production";

const { plan } = parseSettings("prod", PRODUCTION);

const input: MachineInput = {
  engineMajor: "17",
  maxConnections: 200,
  workMemBytes: mib(16),
  statementLogging: "production",
  statementTimeoutMs: 25_000,
  database: plan.database,
  cache: plan.cache,
  memoryBytes: gib(64),
  exact: false,
};
const on = (memoryBytes: number, change: Partial<MachineInput> = {}) =>
  machineSizing({ ...input, memoryBytes, ...change });
const values = ({ database }: ReturnType<typeof machineSizing>) =>
  Object.fromEntries(database.parameters.map(({ name, value }) => [name, value]));

describe("the stack's sizes on a machine", () => {
  it("are the stack's own where the machine has twice its class's memory", () => {
    const sizing = on(gib(64));
    const stack = new Map(plan.database.parameters.map(({ name, value }) => [name, value]));
    for (const { name, value } of sizing.database.parameters) {
      if (name !== "shared_preload_libraries") assert.equal(value, stack.get(name), name);
    }
    assert.equal(sizing.database.scaled, false);
    assert.deepEqual([sizing.cache.scaled, sizing.cache.maxMemoryBytes], [false, plan.cache.maxMemoryBytes]);
  });

  it("are those of a half of a smaller machine, by the same functions", () => {
    const { database, cache } = on(gib(16));
    assert.deepEqual([database.scaled, database.memoryBytes], [true, gib(8)]);
    assert.deepEqual(database.memory, { ...database.memory, totalBytes: gib(8), sharedBuffersBytes: gib(2) });
    assert.equal(values(on(gib(16))).shared_buffers, String(gib(2) / 8192));
    assert.equal(values(on(gib(16))).max_connections, "200");
    assert.deepEqual([cache.scaled, cache.maxMemoryBytes], [true, gib(2)]);
  });

  it("are literal when that is asked, up to a machine of the class's own size", () => {
    assert.equal(on(gib(16), { exact: true }).database.scaled, false);
    assert.deepEqual(values(on(gib(16), { exact: true })), values(on(gib(64))));
    assert.throws(
      () => on(gib(15), { exact: true }),
      /^MachineTooSmall: this machine has 15.0 GiB of memory; the stack's own values are for 16.0 GiB$/,
    );
  });

  it("never take more than the machine's half, whatever the machine", () => {
    fc.assert(
      fc.property(fc.integer({ min: 6, max: 512 }), (size) => {
        const { memory } = on(gib(size)).database;
        assert.ok(memory.freeBytes >= 0);
        assert.ok(memory.totalBytes <= gib(size) / 2);
      }),
    );
  });

  it("say how much a machine needs that has too little for the connections", () => {
    assert.throws(
      () => on(gib(2)),
      /^MachineTooSmall: this machine has 2.0 GiB of memory; 200 connections need a machine with 6.0 GiB$/,
    );
    assert.ok(on(gib(6)).database.memory.freeBytes >= 0);
  });

  it("say what a server that is not AWS's has not", () => {
    const { database, cache } = on(gib(16));
    assert.deepEqual(database.leftOut, [
      { name: "shared_preload_libraries: pgaudit", reason: "PostgreSQL does not bring it" },
      { name: "rds.force_ssl", reason: "RDS alone has it" },
      { name: "pgaudit.log", reason: "PostgreSQL does not bring its library" },
      { name: "rds.log_retention_period", reason: "RDS alone has it" },
    ]);
    assert.deepEqual(cache.leftOut, [{ name: "reserved-memory-percent", reason: "ElastiCache alone has it" }]);
    assert.equal(values(on(gib(16))).shared_preload_libraries, "pg_stat_statements");
    assert.ok(cache.parameters.every(({ name }) => name !== "reserved-memory-percent"));
  });
});
