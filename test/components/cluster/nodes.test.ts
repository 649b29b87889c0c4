import assert from "node:assert/strict";
import type { Graph } from "../../support/record";
import { resource, sources } from "../graph";
import { ADDON, cluster, EGRESS, INGRESS, NODE_GROUP, TEMPLATE } from "./fixture";

describe("Cluster: add-ons, nodes and their networks", () => {
  let graph: Graph;
  before(async () => {
    graph = await cluster();
  });
  const inputs = (type: string, name: string) => resource(graph, type, name).inputs;

  describe("add-ons", () => {
    it("leave their version to EKS, and keep no change made by hand", () => {
      for (const { inputs } of graph.byType(ADDON)) {
        assert.equal(inputs.addonVersion, undefined);
        assert.deepEqual(
          [inputs.resolveConflictsOnCreate, inputs.resolveConflictsOnUpdate],
          ["OVERWRITE", "OVERWRITE"],
        );
      }
    });

    it("give pods addresses by prefix and enforce NetworkPolicies, in JSON with sorted keys", () => {
      assert.equal(
        inputs(ADDON, "cluster-vpc-cni").configurationValues,
        '{"enableNetworkPolicy":"true","env":{"ENABLE_PREFIX_DELEGATION":"true","WARM_PREFIX_TARGET":"1"}}',
      );
    });

    it("watch the pods without injecting containers that their namespace refuses", () => {
      assert.equal(
        inputs(ADDON, "cluster-amazon-cloudwatch-observability").configurationValues,
        '{"manager":{"applicationSignals":{"autoMonitor":{"monitorAllServices":false}}}}',
      );
    });
  });

  describe("nodes", () => {
    it("guide, Kubernetes Resource Optimization: `node-type: compute-optimized` and `high-performance=true:NoSchedule`", () => {
      const { labels, taints, instanceTypes, amiType } = inputs(NODE_GROUP, "cluster-compute-group");
      assert.deepEqual(labels, { "node-type": "compute-optimized" });
      assert.deepEqual(taints, [{ key: "high-performance", value: "true", effect: "NO_SCHEDULE" }]);
      assert.deepEqual(instanceTypes, ["c7i.2xlarge"]);
      assert.equal(amiType, "AL2023_x86_64_STANDARD");
    });

    it("of the system are untainted, so that add-ons have a home", () => {
      const { labels, taints } = inputs(NODE_GROUP, "cluster-system-group");
      assert.deepEqual(labels, { "node-type": "system" });
      assert.equal(taints, undefined);
    });

    it("run the image of their architecture", async () => {
      const arm = await cluster({ system: { instanceType: "m7g.large", min: 2, max: 4 } });
      assert.equal(resource(arm, NODE_GROUP, "cluster-system-group").inputs.amiType, "AL2023_ARM_64_STANDARD");
    });

    it("of a type that is not offered are refused by name", async () => {
      await assert.rejects(
        cluster({ system: { instanceType: "m1.small", min: 2, max: 4 } }),
        /cluster-system: instance type m1\.small is not in sizing\/data\/ec2\.json/,
      );
    });

    for (const [name, min, max] of [
      ["system", 2, 4],
      ["compute", 3, 6],
    ] as const) {
      it(`of ${name} are scaled by the autoscaler, replaced one at a time and repaired`, () => {
        const group = resource(graph, NODE_GROUP, `cluster-${name}-group`);
        assert.deepEqual(group.inputs.scalingConfig, { minSize: min, desiredSize: min, maxSize: max });
        assert.deepEqual(group.options.ignoreChanges, ["scalingConfig.desiredSize"]);
        assert.deepEqual(group.inputs.updateConfig, { maxUnavailable: 1 });
        assert.deepEqual(group.inputs.nodeRepairConfig, { enabled: true });
        assert.equal(group.inputs.version, "1.35");
      });

      it(`of ${name} hide their credentials from pods, encrypt their disks and are tagged`, () => {
        const template = inputs(TEMPLATE, `cluster-${name}-template`);
        assert.deepEqual(template.metadataOptions, {
          httpEndpoint: "enabled",
          httpTokens: "required",
          httpPutResponseHopLimit: 1,
        });
        assert.deepEqual(template.blockDeviceMappings, [
          {
            deviceName: "/dev/xvda",
            ebs: {
              deleteOnTermination: "true",
              encrypted: "true",
              kmsKeyId: "arn:cluster-key",
              volumeSize: 50,
              volumeType: "gp3",
            },
          },
        ]);
        assert.deepEqual(template.monitoring, { enabled: true });
        assert.deepEqual(
          template.tagSpecifications,
          ["instance", "volume", "network-interface"].map((resourceType) => ({
            resourceType,
            tags: { Name: `cluster-${name}`, Project: "pynomaly" },
          })),
        );
      });
    }

    it("of the API take as many pods as sizing says, by nodeadm's configuration", () => {
      const text = Buffer.from(String(inputs(TEMPLATE, "cluster-compute-template").userData), "base64").toString();
      assert.match(text, /^MIME-Version: 1\.0\nContent-Type: multipart\/mixed; boundary="\/\/"\n\n--\/\/\n/);
      assert.match(text, /kind: NodeConfig\nspec:\n {2}kubelet:\n {4}config:\n {6}maxPods: 110\n/);
      assert.ok(text.endsWith("\n--//--\n"));
      assert.equal(inputs(TEMPLATE, "cluster-system-template").userData, undefined);
    });
  });

  describe("security groups", () => {
    const rule = (type: string, name: string) => {
      const { fromPort, toPort, ipProtocol, cidrIpv4 } = inputs(type, name);
      assert.equal(fromPort, toPort);
      return [ipProtocol, fromPort, cidrIpv4].filter((part) => part !== undefined).join(" ");
    };

    it("let in the control plane by port, other nodes, and nothing else", () => {
      const found = Object.fromEntries(graph.byType(INGRESS).map(({ name }) => [name, rule(INGRESS, name)]));
      assert.deepEqual(found, {
        "cluster-api-from-vpc": "tcp 443 10.0.0.0/16",
        "cluster-kubelet-from-control-plane": "tcp 10250",
        "cluster-metrics-server-from-control-plane": "tcp 10251",
        "cluster-nodes-from-nodes": "-1",
        "cluster-webhooks-from-control-plane": "tcp 9443",
      });
    });

    it("let out HTTPS, and to the data stores inside the VPC only", () => {
      const found = Object.fromEntries(graph.byType(EGRESS).map(({ name }) => [name, rule(EGRESS, name)]));
      assert.deepEqual(found, {
        "cluster-control-plane-to-kubelet": "tcp 10250",
        "cluster-control-plane-to-metrics-server": "tcp 10251",
        "cluster-control-plane-to-webhooks": "tcp 9443",
        "cluster-nodes-to-https": "tcp 443 0.0.0.0/0",
        "cluster-nodes-to-nodes": "-1",
        "cluster-nodes-to-postgresql": "tcp 5432 10.0.0.0/16",
        "cluster-nodes-to-redis": "tcp 6379 10.0.0.0/16",
      });
    });

    it("tell control plane and nodes apart", () => {
      for (const { name, ...made } of graph.byType(INGRESS)) {
        const [owner] = sources({ name, ...made }, "securityGroupId");
        assert.equal(owner, name === "cluster-api-from-vpc" ? "cluster-control-plane" : "cluster-nodes");
      }
    });
  });
});
