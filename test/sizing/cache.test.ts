import assert from "node:assert/strict";
import { cacheSizing } from "../../sizing/cache";
import { cacheNodeTypes } from "../../sizing/instances";
import { gib } from "../../sizing/units";

const value = (name: string) =>
  cacheSizing({ engine: "redis", nodeType: "cache.m7g.large" }).parameters.find((p) => p.name === name)?.value;

describe("cache", () => {
  it("guide, Redis Caching Optimization: maxmemory-policy allkeys-lru", () => {
    assert.equal(value("maxmemory-policy"), "allkeys-lru");
  });

  it("guide, Redis Caching Optimization: tcp-keepalive 60", () => {
    assert.equal(value("tcp-keepalive"), "60");
  });

  it("guide, Redis Caching Optimization: timeout 300", () => {
    assert.equal(value("timeout"), "300");
  });

  it("guide, Redis Caching Optimization: maxmemory 1gb, save '' and appendonly no are no parameters of ElastiCache", () => {
    for (const name of ["maxmemory", "save", "appendonly"]) assert.equal(value(name), undefined);
  });

  it("guide, Redis Caching Optimization: 1 GB of data fits from cache.t4g.small on, its reserve set aside", () => {
    const usable = (nodeType: string) => cacheSizing({ engine: "redis", nodeType }).usableBytes;
    assert.ok(usable("cache.t4g.small") >= gib(1));
    assert.ok(usable("cache.t4g.micro") < gib(1));
    assert.equal(usable("cache.m7g.large"), 5_140_907_059);
  });

  it("chooses version and family by engine, with the same parameters", () => {
    const redis = cacheSizing({ engine: "redis", nodeType: "cache.m7g.large" });
    const valkey = cacheSizing({ engine: "valkey", nodeType: "cache.m7g.large" });
    assert.equal(redis.engineVersion, "7.1");
    assert.equal(redis.parameterGroupFamily, "redis7");
    assert.match(valkey.engineVersion, /^8\./);
    assert.equal(valkey.parameterGroupFamily, "valkey8");
    assert.deepEqual(valkey.parameters, redis.parameters);
  });

  it("leaves a quarter of every node's memory to snapshots and failover", () => {
    for (const nodeType of cacheNodeTypes) {
      const { usableBytes, maxMemoryBytes } = cacheSizing({ engine: "valkey", nodeType });
      assert.equal(usableBytes, Math.floor(maxMemoryBytes * 0.75));
    }
  });

  it("refuses an unknown node type", () => {
    assert.throws(() => cacheSizing({ engine: "redis", nodeType: "cache.big" }), /"cache.big" is not an offered/);
  });
});
