import assert from "node:assert/strict";
import ec2 from "../../sizing/data/ec2.json";
import elasticache from "../../sizing/data/elasticache.json";
import rds from "../../sizing/data/rds.json";
import {
  cacheNode,
  cacheNodeTypes,
  databaseClass,
  databaseClassNames,
  ec2Instance,
  ec2InstanceTypes,
} from "../../sizing/instances";
import { gib } from "../../sizing/units";

describe("instance facts", () => {
  it("says where each file comes from and when", () => {
    for (const { source, retrieved } of [ec2, rds, elasticache]) {
      assert.match(source, /^(AWS|Amazon) /);
      assert.match(retrieved, /^\d{4}-\d{2}-\d{2}$/);
    }
  });

  it("knows the default types", () => {
    assert.deepEqual(ec2Instance("c7i.2xlarge"), {
      vcpu: 8,
      memoryBytes: gib(16),
      architecture: "amd64",
      interfaces: 4,
      addressesPerInterface: 15,
    });
    assert.deepEqual(databaseClass("db.m7g.xlarge"), { vcpu: 4, memoryBytes: gib(16) });
    assert.deepEqual(cacheNode("cache.m7g.large"), { maxMemoryBytes: 6_854_542_746 });
  });

  it("knows nothing of a type that is not offered", () => {
    assert.equal(ec2Instance("x1e.32xlarge"), undefined);
    assert.equal(ec2Instance("constructor"), undefined);
    assert.equal(databaseClass("m7g.xlarge"), undefined);
    assert.equal(cacheNode("m7g.large"), undefined);
  });

  it("tells Graviton types from Intel ones", () => {
    for (const type of ec2InstanceTypes) {
      const graviton = /^[a-z]+\d+g/.test(type);
      assert.equal(ec2Instance(type)?.architecture, graviton ? "arm64" : "amd64", type);
    }
  });

  it("gives a database class the size of the EC2 type behind it", () => {
    const shared = databaseClassNames.filter((name) => ec2Instance(name.replace("db.", "")) !== undefined);
    assert.ok(shared.length > 10);
    for (const name of shared) {
      const instance = ec2Instance(name.replace("db.", ""));
      assert.deepEqual(databaseClass(name), { vcpu: instance?.vcpu, memoryBytes: instance?.memoryBytes }, name);
    }
  });

  it("lists every type that it has facts of", () => {
    assert.ok(ec2InstanceTypes.every((type) => ec2Instance(type)));
    assert.ok(databaseClassNames.every((name) => databaseClass(name)));
    assert.ok(cacheNodeTypes.every((type) => cacheNode(type)));
  });
});
