import assert from "node:assert/strict";
import { SYSTEM_PODS } from "../../../sizing/nodes";
import type { Graph } from "../../support/record";
import { resource } from "../graph";
import { ACCOUNT, ASSOCIATION, CLUSTER_ARN, cluster, RELEASE, ROLE, ROLE_POLICY } from "./fixture";

describe("Cluster: charts and roles", () => {
  let graph: Graph;
  before(async () => {
    graph = await cluster();
  });
  const inputs = (type: string, name: string) => resource(graph, type, name).inputs;

  describe("roles", () => {
    it("are held by one service account of this cluster", () => {
      assert.deepEqual(inputs(ROLE, "cluster-autoscaler-identity-role").assumeRolePolicy, {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "pods.eks.amazonaws.com" },
            Action: ["sts:AssumeRole", "sts:TagSession"],
            Condition: {
              StringEquals: {
                "aws:RequestTag/eks-cluster-arn": CLUSTER_ARN,
                "aws:RequestTag/kubernetes-namespace": "kube-system",
                "aws:RequestTag/kubernetes-service-account": "cluster-autoscaler",
              },
            },
          },
        ],
      });
    });

    it("are associated with the accounts that add-ons and charts use", () => {
      assert.deepEqual(
        graph.byType(ASSOCIATION).map(({ inputs }) => `${inputs.namespace}/${inputs.serviceAccount}`),
        [
          "kube-system/cluster-autoscaler",
          "kube-system/aws-load-balancer-controller",
          "amazon-cloudwatch/cloudwatch-agent",
          "kube-system/aws-node",
        ],
      );
    });

    it("let the autoscaler resize this cluster's groups only", () => {
      const { Statement } = inputs(ROLE_POLICY, "cluster-autoscaler-identity-policy").policy as {
        Statement: Record<string, unknown>[];
      };
      assert.deepEqual(Statement.at(-1), {
        Effect: "Allow",
        Action: ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
        Resource: `arn:aws:autoscaling:eu-west-1:${ACCOUNT}:autoScalingGroup:*`,
        Condition: { StringEquals: { "aws:ResourceTag/k8s.io/cluster-autoscaler/pynomaly-test": "owned" } },
      });
      assert.ok(
        Statement.filter((statement) => statement.Resource === "*")
          .flatMap((statement) => statement.Action)
          .every((action) => /:(Describe|Get)/.test(String(action))),
      );
    });

    it("let the load balancer controller look, and change nothing", () => {
      const { policy } = inputs(ROLE_POLICY, "cluster-load-balancer-identity-policy");
      assert.deepEqual(policy, {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Action: [
              "ec2:DescribeInstances",
              "ec2:DescribeSecurityGroups",
              "ec2:DescribeVpcs",
              "elasticloadbalancing:DescribeTargetGroups",
              "elasticloadbalancing:DescribeTargetHealth",
            ],
            Resource: "*",
          },
        ],
      });
    });
  });

  describe("charts", () => {
    const release = (name: string) => {
      const { chart, version, namespace, repositoryOpts, values } = inputs(RELEASE, name);
      return { chart, version, namespace, repositoryOpts, values: values as Record<string, unknown> };
    };
    const requestsOf = (name: string) => SYSTEM_PODS.filter((pod) => pod.name === name);

    it("are pinned", () => {
      const { values: _autoscaler, ...autoscaler } = release("cluster-autoscaler");
      assert.deepEqual(autoscaler, {
        chart: "cluster-autoscaler",
        version: "9.59.0",
        namespace: "kube-system",
        repositoryOpts: { repo: "https://kubernetes.github.io/autoscaler" },
      });
      const { values: _controller, ...controller } = release("cluster-load-balancer");
      assert.deepEqual(controller, {
        chart: "aws-load-balancer-controller",
        version: "3.5.0",
        namespace: "kube-system",
        repositoryOpts: { repo: "https://aws.github.io/eks-charts" },
      });
    });

    it("ask of the system nodes what these are sized for", () => {
      for (const name of ["cluster-autoscaler", "cluster-load-balancer"]) {
        const { chart, values } = release(name);
        const pods = requestsOf(String(chart));
        assert.equal(values.replicaCount, pods.length);
        assert.deepEqual(values.nodeSelector, { "node-type": "system" });
        assert.deepEqual(values.podDisruptionBudget, { maxUnavailable: 1 });
        const { requests } = values.resources as { requests: { cpu: string; memory: string } };
        assert.equal(requests.cpu, `${pods[0]?.cpuMillis}m`);
        assert.equal(requests.memory, `${(pods[0]?.memoryBytes ?? 0) / 1024 ** 2}Mi`);
      }
    });

    it("remove idle nodes with system pods, and with pods that have an `emptyDir`, as the API's have", () => {
      assert.deepEqual(release("cluster-autoscaler").values.extraArgs, {
        expander: "least-waste",
        "skip-nodes-with-local-storage": false,
        "skip-nodes-with-system-pods": false,
      });
    });

    it("find region, VPC and node groups without the instance metadata", () => {
      const { values: autoscaler } = release("cluster-autoscaler");
      assert.equal(autoscaler.awsRegion, "eu-west-1");
      assert.deepEqual(autoscaler.autoDiscovery, { clusterName: "pynomaly-test" });
      const { values: controller } = release("cluster-load-balancer");
      assert.deepEqual(
        [controller.region, controller.vpcId, controller.clusterName],
        ["eu-west-1", "vpc-1", "pynomaly-test"],
      );
    });

    for (const [version, tag] of [
      ["1.34", "v1.34.4"],
      ["1.35", "v1.35.2"],
    ] as const) {
      it(`run the autoscaler of Kubernetes ${version}`, async () => {
        const { inputs } = resource(await cluster({ version }), RELEASE, "cluster-autoscaler");
        assert.deepEqual(Object(inputs.values).image, { tag });
      });
    }

    it("refuse a Kubernetes version without an autoscaler", async () => {
      await assert.rejects(cluster({ version: "1.20" }), /Kubernetes 1\.20 is not offered; offered: 1\.34, 1\.35/);
    });
  });
});
