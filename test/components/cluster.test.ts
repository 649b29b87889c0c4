import assert from "node:assert/strict";
import type { Graph } from "../support/record";
import {
  ADDON,
  AFTER_NODES,
  ASSOCIATION,
  BEFORE_NODES,
  CLUSTER_ARN,
  cluster,
  EGRESS,
  EKS,
  INGRESS,
  LOG_GROUP,
  NODE_GROUP,
  NODES,
  RELEASE,
  ROLE,
  ROLE_POLICY,
  ROLES,
  TEMPLATE,
  VIEWERS,
} from "./cluster/fixture";
import { count, resource, waitsFor } from "./graph";

describe("Cluster", () => {
  let graph: Graph;
  before(async () => {
    graph = await cluster();
  });
  const inputs = (type: string, name: string) => resource(graph, type, name).inputs;

  it("makes exactly these resources and asks AWS nothing", () => {
    assert.deepEqual(count(graph), {
      [ADDON]: 6,
      [ASSOCIATION]: 4,
      [EGRESS]: 7,
      [EKS]: 1,
      [INGRESS]: 5,
      [LOG_GROUP]: 5,
      [NODE_GROUP]: 2,
      [RELEASE]: 2,
      [ROLE]: 6,
      [ROLE_POLICY]: 3,
      [TEMPLATE]: 2,
      "aws:ec2/route:Route": 1,
      "aws:ec2/securityGroup:SecurityGroup": 2,
      "aws:eks/accessEntry:AccessEntry": ROLES.length + VIEWERS.length,
      "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": ROLES.length + VIEWERS.length,
      "aws:iam/rolePolicyAttachment:RolePolicyAttachment": 6,
      "pulumi:providers:aws": 1,
      "pulumi:providers:kubernetes": 1,
      "pynomaly:cluster:Cluster": 1,
      "pynomaly:cluster:NodeGroup": 2,
      "pynomaly:security:WorkloadIdentity": 4,
    });
    assert.deepEqual(graph.invokes, []);
  });

  describe("control plane", () => {
    it("is private, encrypted, logged, protected, and of a version in standard support", () => {
      const { roleArn: _, ...found } = inputs(EKS, "cluster-eks");
      assert.deepEqual(found, {
        name: "pynomaly-test",
        version: "1.35",
        accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: false },
        bootstrapSelfManagedAddons: false,
        deletionProtection: true,
        enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        encryptionConfig: { provider: { keyArn: "arn:cluster-key" }, resources: ["secrets"] },
        upgradePolicy: { supportType: "STANDARD" },
        vpcConfig: {
          endpointPrivateAccess: true,
          endpointPublicAccess: false,
          securityGroupIds: ["[unknown]"],
          subnetIds: ["subnet-a", "subnet-b", "subnet-c"],
        },
      });
    });

    it("is reachable from the networks given, and only then from the internet", async () => {
      const open = await cluster({ publicAccessCidrs: ["203.0.113.0/24"], protect: false });
      const { vpcConfig, deletionProtection } = resource(open, EKS, "cluster-eks").inputs;
      assert.deepEqual(vpcConfig, {
        endpointPrivateAccess: true,
        endpointPublicAccess: true,
        publicAccessCidrs: ["203.0.113.0/24"],
        securityGroupIds: ["[unknown]"],
        subnetIds: ["subnet-a", "subnet-b", "subnet-c"],
      });
      assert.equal(deletionProtection, false);
    });

    it("comes after its log group and its role's rights", () => {
      const waits = waitsFor(resource(graph, EKS, "cluster-eks"));
      for (const name of ["cluster-logs", "cluster-role-cluster", "cluster-role-key"]) assert.ok(waits.includes(name));
    });

    it("is administered and viewed by the given roles through access entries, which the Kubernetes provider waits for", () => {
      const policies = graph.byType("aws:eks/accessPolicyAssociation:AccessPolicyAssociation");
      const granted = (policy: string) => (principalArn: string) => ({
        accessScope: { type: "cluster" },
        clusterName: "pynomaly-test",
        policyArn: `arn:aws:eks::aws:cluster-access-policy/${policy}`,
        principalArn,
      });
      assert.deepEqual(
        policies.map((policy) => policy.inputs),
        [...ROLES.map(granted("AmazonEKSClusterAdminPolicy")), ...VIEWERS.map(granted("AmazonEKSAdminViewPolicy"))],
      );
      const waits = waitsFor(resource(graph, "pulumi:providers:kubernetes", "cluster-kubernetes"));
      for (const { name } of policies) assert.ok(waits.includes(name), name);
    });

    it("has its log groups, Container Insights' too, encrypted and with a retention before they are written to", () => {
      const groups = graph.byType(LOG_GROUP).map((group) => group.inputs);
      assert.deepEqual(groups.map((group) => group.name).sort(), [
        "/aws/containerinsights/pynomaly-test/application",
        "/aws/containerinsights/pynomaly-test/dataplane",
        "/aws/containerinsights/pynomaly-test/host",
        "/aws/containerinsights/pynomaly-test/performance",
        "/aws/eks/pynomaly-test/cluster",
      ]);
      for (const group of groups) {
        assert.equal(group.kmsKeyId, "arn:logs-key");
        assert.equal(group.retentionInDays, 365);
      }
      const waits = waitsFor(resource(graph, ADDON, "cluster-amazon-cloudwatch-observability"));
      assert.equal(waits.filter((name) => name.endsWith("-logs")).length, 4);
    });
  });

  describe("order", () => {
    const waits = (type: string, name: string) => waitsFor(resource(graph, type, name));

    it("networking add-ons wait for no node, and the CNI for its role", () => {
      for (const name of BEFORE_NODES) {
        assert.ok(!waits(ADDON, name).some((other) => NODES.includes(other)), name);
        assert.ok(waits(ADDON, name).includes("cluster-vpc-cni-identity-association"), name);
      }
    });

    it("nodes wait for networking, Pod Identity, their role's rights and their security group's rules", () => {
      const rules = [...graph.byType(INGRESS), ...graph.byType(EGRESS)].map((rule) => rule.name);
      for (const name of NODES) {
        const found = waits(NODE_GROUP, name);
        for (const needed of [...BEFORE_NODES, ...rules, "cluster-node-role-worker", "cluster-node-role-pull"]) {
          assert.ok(found.includes(needed), `${name} waits for ${needed}`);
        }
      }
    });

    it("nodes come after their way to AWS, and go before it", () => {
      for (const name of NODES) assert.ok(waits(NODE_GROUP, name).includes("route"), name);
    });

    it("add-ons that run on nodes wait for the untainted ones", () => {
      for (const name of AFTER_NODES) assert.ok(waits(ADDON, name).includes("cluster-system-group"), name);
    });

    it("charts wait for DNS and for their roles", () => {
      for (const [name, role] of [
        ["cluster-autoscaler", "cluster-autoscaler-identity-association"],
        ["cluster-load-balancer", "cluster-load-balancer-identity-association"],
      ] as const) {
        assert.ok(waits(RELEASE, name).includes("cluster-coredns"));
        assert.ok(waits(RELEASE, name).includes(role));
      }
    });

    it("a workload is to wait for nodes, their add-ons and the charts", () => {
      const names = (graph.outputs.ready as string[]).map((urn) => urn.slice(urn.lastIndexOf("::") + 2));
      assert.deepEqual(names, [
        "cluster-system-group",
        "cluster-compute-group",
        ...AFTER_NODES,
        "cluster-autoscaler",
        "cluster-load-balancer",
      ]);
    });
  });

  it("says how to reach it", () => {
    assert.equal(graph.outputs.arn, CLUSTER_ARN);
    assert.equal(graph.outputs.kubeconfigCommand, "aws eks update-kubeconfig --region eu-west-1 --name pynomaly-test");
  });
});
