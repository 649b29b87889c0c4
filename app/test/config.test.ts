import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { localEnvironment } from "../local/environment.ts";
import { ConfigError, migrationConfig, serverConfig } from "../src/config.ts";

const problems = (read: () => unknown): readonly string[] => {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};
const named = (lines: readonly string[]) => lines.map((line) => line.split(":")[0]).sort();

describe("the server's environment", () => {
  const environment = localEnvironment({
    databasePort: 5432,
    databaseSecret: "file:///secret.json",
    cachePort: 6379,
  });
  const withValue = (key: string, value: string) => problems(() => serverConfig({ ...environment, [key]: value }));

  it("is read: numbers as numbers, lists as lists, what may be absent as undefined", () => {
    const config = serverConfig({ ...environment, CORS_ORIGINS: "https://a.example, https://b.example" });
    assert.equal(config.DATABASE_PORT, 5432);
    assert.deepEqual(config.CORS_ORIGINS, ["https://a.example", "https://b.example"]);
    assert.deepEqual(config.DATABASE_READER_HOSTS, []);
    assert.equal(config.ALERT_TOPIC_ARN, undefined);
    assert.deepEqual(config.OTEL_RESOURCE_ATTRIBUTES, {});
  });

  it("is read: a resource's attributes with what is encoded in them", () => {
    const config = serverConfig({ ...environment, OTEL_RESOURCE_ATTRIBUTES: "k8s.namespace.name=api, team=a%2Cb%3Dc" });
    assert.deepEqual(config.OTEL_RESOURCE_ATTRIBUTES, { "k8s.namespace.name": "api", team: "a,b=c" });
  });

  it("is reported whole when all of it is missing", () => {
    assert.deepEqual(named(problems(() => serverConfig({}))), Object.keys(environment).sort());
  });

  for (const [key, value] of [
    ["DATABASE_PORT", ""],
    ["DATABASE_PORT", "0"],
    ["DATABASE_PORT", "65536"],
    ["DATABASE_PORT", "80.5"],
    ["DATABASE_PORT", "-1"],
    ["DATABASE_PORT", "0x50"],
    ["DATABASE_PORT", "abc"],
    ["DATABASE_TLS", "yes"],
    ["DATABASE_NAME", ""],
    ["ALLOWED_HOSTS", "a,,b"],
    ["GZIP_LEVEL", "10"],
    ["OTEL_AWS_APPLICATION_SIGNALS_EXPORTER_ENDPOINT", "collector:4316"],
    ["OTEL_RESOURCE_ATTRIBUTES", "k8s.namespace.name"],
    ["OTEL_RESOURCE_ATTRIBUTES", "a=b,=c"],
    ["OTEL_RESOURCE_ATTRIBUTES", "a=%zz"],
  ] as const) {
    it(`is refused with ${key}="${value}"`, () => {
      const [problem, ...others] = withValue(key, value);
      assert.ok(problem?.startsWith(`${key}: found "${value}"; allowed: `), problem);
      assert.deepEqual(others, []);
    });
  }

  it("is refused with a webhook that is none, whose address is a secret and not repeated", () => {
    for (const value of ["file:///etc/passwd", "hooks.example/services/secret"]) {
      assert.deepEqual(withValue("ALERT_WEBHOOK_URL", value), [
        "ALERT_WEBHOOK_URL: found something else; allowed: an http or https URL",
      ]);
    }
  });

  it("is refused when something unencrypted would leave the machine", () => {
    assert.deepEqual(named(withValue("DATABASE_WRITER_HOST", "db.example")), ["DATABASE_TLS"]);
    assert.deepEqual(named(withValue("DATABASE_READER_HOSTS", "127.0.0.1,db.example")), ["DATABASE_TLS"]);
    assert.deepEqual(named(withValue("CACHE_HOST", "cache.example")), ["CACHE_USER"]);
  });

  it("is refused when the cache's user has nothing to log in to", () => {
    assert.deepEqual(named(withValue("CACHE_USER", "pynomaly")), ["CACHE_REPLICATION_GROUP_ID"]);
  });
});

describe("the migration's environment", () => {
  const environment = {
    AWS_REGION: "us-east-1",
    DATABASE_NAME: "pynomaly",
    DATABASE_PORT: "5432",
    DATABASE_SECRET_ARN: "arn:app",
    DATABASE_TLS: "on",
    DATABASE_INSTANCE_HOST: "writer.example",
    DATABASE_OWNER_SECRET_ARN: "arn:owner",
  };

  it("is read, and nothing of the server's is asked for", () => {
    assert.equal(migrationConfig(environment).DATABASE_INSTANCE_HOST, "writer.example");
    assert.deepEqual(named(problems(() => migrationConfig({}))), Object.keys(environment).sort());
  });

  it("is refused when something unencrypted would leave the machine", () => {
    assert.deepEqual(named(problems(() => migrationConfig({ ...environment, DATABASE_TLS: "off" }))), ["DATABASE_TLS"]);
  });
});
