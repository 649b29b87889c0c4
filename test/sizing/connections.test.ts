import assert from "node:assert/strict";
import fc from "fast-check";
import {
  connectionBudget,
  leastMaxConnections,
  OPERATOR_CONNECTIONS,
  RESERVED_CONNECTIONS,
  workersPerPod,
} from "../../sizing/connections";
import { timeline } from "../../sizing/timeline";

const GUIDE = { maxConnections: 200, maxReplicas: 20, cpuLimitMillis: 1000 };
const input = fc.record({
  maxConnections: fc.integer({ min: 10, max: 5000 }),
  maxReplicas: fc.integer({ min: 1, max: 200 }),
  cpuLimitMillis: fc.integer({ min: 100, max: 16_000 }),
});

describe("connection budget", () => {
  it("guide, Query Performance Optimization: max_size=50 × WORKERS=4 × maxReplicas 20 does not fit max_connections 200", () => {
    assert.ok(50 * 4 * 20 > 200);
    const budget = connectionBudget(GUIDE);
    assert.equal(budget.pods, 25);
    assert.equal(budget.processes, 25);
    assert.equal(budget.writerPoolPerProcess, 6);
    assert.equal(budget.readerPoolPerProcess, 6);
  });

  it("guide, Performance Targets: connection_pool_utilization < 80%", () => {
    const { processes, readerPoolPerProcess, usable, proxy } = connectionBudget(GUIDE);
    assert.ok(processes * readerPoolPerProcess + OPERATOR_CONNECTIONS <= (200 - RESERVED_CONNECTIONS) * 0.8);
    assert.equal(usable, 150);
    assert.equal(proxy.maxConnectionsPercent, 80);
  });

  it("guide, Query Performance Optimization: max_inactive_connection_lifetime=300, before the proxy closes", () => {
    const { poolIdleSeconds, proxy } = connectionBudget(GUIDE);
    assert.equal(poolIdleSeconds, 300);
    assert.ok(poolIdleSeconds < proxy.idleClientTimeoutSeconds);
  });

  it("guide, Kubernetes Resource Optimization: WORKERS=4 where a pod has 4 CPUs", () => {
    assert.equal(workersPerPod(4000), 4);
    assert.equal(workersPerPod(1000), 1);
    assert.equal(workersPerPod(1999), 1);
    assert.equal(workersPerPod(250), 1);
  });

  it("leaves a request time to borrow a connection and run a statement", () => {
    const { connectionBorrowTimeoutSeconds } = connectionBudget(GUIDE).proxy;
    assert.equal(connectionBorrowTimeoutSeconds, 5);
    assert.ok(connectionBorrowTimeoutSeconds + timeline.statementTimeoutSeconds <= timeline.requestTimeoutSeconds);
  });

  it("never hands out more than one instance has, nor more than the proxy may open", () => {
    fc.assert(
      fc.property(input, (i) => {
        const b = connectionBudget(i);
        const readers = b.processes * b.readerPoolPerProcess;
        const writers = b.processes * b.writerPoolPerProcess;
        assert.ok(readers <= b.usable);
        assert.ok(readers + b.operators + b.reserved <= i.maxConnections || readers === 0);
        assert.ok(writers <= (i.maxConnections * b.proxy.maxConnectionsPercent) / 100);
        assert.equal(b.processes, b.pods * b.workersPerPod);
        assert.ok(b.pods >= i.maxReplicas * 1.25);
      }),
    );
  });

  it("needs exactly the max_connections that it says for a pool of one", () => {
    fc.assert(
      fc.property(input, (i) => {
        const least = leastMaxConnections(connectionBudget(i).processes);
        assert.ok(connectionBudget({ ...i, maxConnections: least }).writerPoolPerProcess >= 1);
        assert.equal(connectionBudget({ ...i, maxConnections: least - 1 }).writerPoolPerProcess, 0);
      }),
    );
  });
});
