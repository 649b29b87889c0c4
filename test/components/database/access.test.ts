import assert from "node:assert/strict";
import type { Graph, RecordedResource } from "../../support/record";
import { sources } from "../graph";
import { database } from "./fixture";

describe("Database", () => {
  let graph: Graph;
  before(async () => {
    graph = await database();
  });

  describe("access", () => {
    const rules = (direction: "Ingress" | "Egress") =>
      graph.byType(`aws:vpc/securityGroup${direction}Rule:SecurityGroup${direction}Rule`);
    const edge = (rule: RecordedResource) => {
      const [group] = sources(rule, "securityGroupId");
      const [peer = rule.inputs.referencedSecurityGroupId] = sources(rule, "referencedSecurityGroupId");
      return [group, peer, rule.inputs.fromPort, rule.inputs.toPort];
    };

    it("reaches the instances from the proxy, the rotation function and the clients only", () => {
      assert.deepEqual(rules("Ingress").map(edge), [
        ["database-instances", "sg-nodes", 5432, 5432],
        ["database-instances", "database-proxy", 5432, 5432],
        ["database-instances", "database-rotation", 5432, 5432],
        ["database-proxy", "sg-nodes", 5432, 5432],
      ]);
    });

    it("leaves the proxy for the instances, the rotation function for those and Secrets Manager, nothing else", () => {
      assert.deepEqual(rules("Egress").map(edge), [
        ["database-proxy", "database-instances", 5432, 5432],
        ["database-rotation", "sg-endpoints", 443, 443],
        ["database-rotation", "database-instances", 5432, 5432],
      ]);
    });

    it("names security groups, never addresses, and says what each rule is for", () => {
      for (const { inputs, name } of [...rules("Ingress"), ...rules("Egress")]) {
        assert.ok(!("cidrIpv4" in inputs) && !("cidrIpv6" in inputs), name);
        assert.ok(inputs.description, name);
      }
    });
  });
});
