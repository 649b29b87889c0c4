import assert from "node:assert/strict";
import fc from "fast-check";
import { databaseClass, databaseClassNames } from "../../sizing/instances";
import {
  type DatabaseMemoryInput,
  databaseMemoryBudget,
  databaseMemorySizes,
  largestWorkMemBytes,
} from "../../sizing/memory";
import { bytes, gib, mib } from "../../sizing/units";

const memoryBytes = fc.constantFrom(...databaseClassNames.map((name) => databaseClass(name)?.memoryBytes ?? 0));
const maxConnections = fc.integer({ min: 1, max: 5000 });
const input: fc.Arbitrary<DatabaseMemoryInput> = fc.record({
  memoryBytes,
  maxConnections,
  workMemBytes: fc.integer({ min: 1, max: 512 }).map(mib),
});

describe("database memory", () => {
  it("guide, PostgreSQL Configuration: 16 GiB gives shared_buffers 4GB, effective_cache_size 12GB, maintenance_work_mem 1GB, wal_buffers 64MB", () => {
    const sizes = databaseMemorySizes(gib(16));
    assert.equal(sizes.sharedBuffersBytes, bytes("4GB"));
    assert.equal(sizes.effectiveCacheBytes, bytes("12GB"));
    assert.equal(sizes.maintenanceWorkMemBytes, bytes("1GB"));
    assert.equal(sizes.walBuffersBytes, bytes("64MB"));
  });

  it("guide, PostgreSQL Configuration: work_mem 64MB for 200 connections does not fit 16 GiB, not even without hashes", () => {
    const budget = databaseMemoryBudget({ memoryBytes: gib(16), maxConnections: 200, workMemBytes: mib(64) });
    assert.ok(budget.freeBytes < -gib(10));
    assert.ok(budget.freeBytes + budget.workMemBytes / 2 < 0);
  });

  it("fits 200 connections of 16 MB into 16 GiB, and at most 18 MB", () => {
    const budget = databaseMemoryBudget({ memoryBytes: gib(16), maxConnections: 200, workMemBytes: mib(16) });
    assert.ok(budget.freeBytes > gib(1));
    assert.equal(largestWorkMemBytes(gib(16), 200), mib(18));
  });

  it("spends every byte once", () => {
    fc.assert(
      fc.property(input, (i) => {
        const { totalBytes, freeBytes, ...parts } = databaseMemoryBudget(i);
        assert.equal(totalBytes, i.memoryBytes);
        assert.equal(
          Object.values(parts).reduce((sum, part) => sum + part, 0),
          totalBytes - freeBytes,
        );
        assert.ok(Object.values(parts).every((part) => part > 0));
      }),
    );
  });

  it("never exceeds the class with the largest work_mem that it allows, and always with one MB more", () => {
    fc.assert(
      fc.property(memoryBytes, maxConnections, (memory, connections) => {
        const largest = largestWorkMemBytes(memory, connections);
        const free = (workMemBytes: number) =>
          databaseMemoryBudget({ memoryBytes: memory, maxConnections: connections, workMemBytes }).freeBytes;
        if (largest > 0) assert.ok(free(largest) >= 0);
        assert.ok(free(largest + mib(1)) < 0);
      }),
    );
  });

  it("scales the guide's sizes down below 16 GiB, and not up above", () => {
    assert.deepEqual(databaseMemorySizes(gib(4)), {
      sharedBuffersBytes: gib(1),
      effectiveCacheBytes: gib(3),
      maintenanceWorkMemBytes: mib(256),
      autovacuumWorkMemBytes: mib(64),
      walBuffersBytes: mib(16),
      maxWalBytes: gib(2),
    });
    assert.deepEqual(databaseMemorySizes(gib(64)), {
      sharedBuffersBytes: gib(16),
      effectiveCacheBytes: gib(48),
      maintenanceWorkMemBytes: gib(1),
      autovacuumWorkMemBytes: mib(256),
      walBuffersBytes: mib(64),
      maxWalBytes: gib(32),
    });
  });

  it("keeps at least 256 MiB of a small class for the system", () => {
    const small = databaseMemoryBudget({ memoryBytes: gib(1), maxConnections: 20, workMemBytes: mib(1) });
    assert.equal(small.systemBytes, mib(256));
  });
});
