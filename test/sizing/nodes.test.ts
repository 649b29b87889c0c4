import assert from "node:assert/strict";
import fc from "fast-check";
import { type Ec2Instance, ec2Instance, ec2InstanceTypes } from "../../sizing/instances";
import {
  allocatable,
  DAEMON_SETS,
  jobPods,
  maxPodsPerNode,
  maxPodsWithoutPrefixes,
  nodeCapacity,
  nodesLeftWithoutZone,
  type PodRequest,
  reservedCpuMillis,
  reservedMemoryBytes,
  SYSTEM_PODS,
} from "../../sizing/nodes";
import { gib, mib } from "../../sizing/units";

function instance(type: string): Ec2Instance {
  const facts = ec2Instance(type);
  assert.ok(facts, type);
  return facts;
}

const GUIDE_POD: PodRequest = { name: "pynomaly-api", cpuMillis: 500, memoryBytes: gib(1) };
const copies = (pod: PodRequest, count: number) => Array.from({ length: count }, () => pod);
const type = fc.constantFrom(...ec2InstanceTypes).map(instance);
const podRequest = fc.record({
  name: fc.constant("pod"),
  cpuMillis: fc.integer({ min: 1, max: 4000 }),
  memoryBytes: fc.integer({ min: 1, max: 4096 }).map(mib),
});
const sum = (pods: readonly PodRequest[], key: "cpuMillis" | "memoryBytes") =>
  pods.reduce((total, pod) => total + pod[key], 0);

describe("node capacity", () => {
  it("knows EKS's pod limits with and without prefix delegation", () => {
    assert.equal(maxPodsWithoutPrefixes(instance("c7i.2xlarge")), 58);
    assert.equal(maxPodsWithoutPrefixes(instance("m7i.large")), 29);
    assert.equal(maxPodsPerNode(instance("c7i.2xlarge")), 110);
    assert.equal(maxPodsPerNode(instance("t3.medium")), 110);
    assert.equal(maxPodsPerNode({ ...instance("c7i.2xlarge"), vcpu: 32 }), 250);
  });

  it("counts 16 pods a prefix on a type with few addresses", () => {
    const few = { ...instance("t3.medium"), interfaces: 2, addressesPerInterface: 2 };
    assert.equal(maxPodsWithoutPrefixes(few), 4);
    assert.equal(maxPodsPerNode(few), 34);
  });

  it("reserves 255 MiB and 11 MiB a pod, for whichever pod limit is larger", () => {
    assert.equal(reservedMemoryBytes(instance("c7i.2xlarge")), mib(255 + 11 * 110));
    assert.equal(reservedMemoryBytes(instance("c7i.4xlarge")), mib(255 + 11 * 234));
    assert.equal(allocatable(instance("c7i.2xlarge")).memoryBytes, Math.floor(gib(16) * 0.925) - mib(255 + 1210 + 100));
  });

  it("takes daemon sets off every node", () => {
    const { daemonSets } = nodeCapacity({
      instance: instance("c7i.2xlarge"),
      pods: [GUIDE_POD],
      nodesMax: 3,
      zones: 3,
    });
    assert.deepEqual(daemonSets, { cpuMillis: 450, memoryBytes: mib(153), pods: 5 });
  });

  it("reserves EKS's share of the CPU", () => {
    assert.equal(reservedCpuMillis(1), 60);
    assert.equal(reservedCpuMillis(2), 70);
    assert.equal(reservedCpuMillis(4), 80);
    assert.equal(reservedCpuMillis(8), 90);
    assert.equal(allocatable(instance("c7i.2xlarge")).cpuMillis, 7910);
  });

  it("guide, Kubernetes Resource Optimization: 13 pods of 500m and 1Gi on a c7i.2xlarge, 20 + 25% on 2 nodes", () => {
    const capacity = nodeCapacity({
      instance: instance("c7i.2xlarge"),
      pods: copies(GUIDE_POD, 25),
      nodesMax: 6,
      zones: 3,
    });
    assert.equal(capacity.podsPerNode, 13);
    assert.equal(capacity.nodesNeeded, 2);
    assert.equal(capacity.nodesLeft, 4);
  });

  it("guide, Kubernetes Resource Optimization: no more pods of 500m and 1Gi on 8 GiB than a scheduler placed there", () => {
    const { podsPerNode } = nodeCapacity({
      instance: instance("c7i.xlarge"),
      pods: copies(GUIDE_POD, 25),
      nodesMax: 6,
      zones: 3,
    });
    assert.ok(podsPerNode >= 5 && podsPerNode <= 6, String(podsPerNode));
  });

  it("holds the cluster's own pods and the stack's jobs on one m7i.large", () => {
    const pods = [...SYSTEM_PODS, ...jobPods(3)];
    const capacity = nodeCapacity({ instance: instance("m7i.large"), pods, nodesMax: 3, zones: 3 });
    assert.equal(capacity.nodesNeeded, 1);
    assert.equal(capacity.podsPerNode, pods.length);
  });

  it("says so when a pod fits on no node", () => {
    const huge = { ...GUIDE_POD, cpuMillis: 64_000 };
    const capacity = nodeCapacity({ instance: instance("c7i.large"), pods: [GUIDE_POD, huge], nodesMax: 6, zones: 3 });
    assert.equal(capacity.podsPerNode, 0);
    assert.equal(capacity.nodesNeeded, Number.POSITIVE_INFINITY);
  });

  it("never plans more on a node than it lets pods request", () => {
    fc.assert(
      fc.property(type, podRequest, fc.integer({ min: 1, max: 300 }), (facts, pod, count) => {
        const {
          podsPerNode,
          nodesNeeded,
          allocatable: room,
        } = nodeCapacity({
          instance: facts,
          pods: copies(pod, count),
          nodesMax: 10,
          zones: 3,
        });
        assert.ok(room.cpuMillis < facts.vcpu * 1000);
        assert.ok(room.memoryBytes < facts.memoryBytes);
        if (podsPerNode > 0) {
          assert.ok(podsPerNode * pod.cpuMillis + sum(DAEMON_SETS, "cpuMillis") <= room.cpuMillis);
          assert.ok(podsPerNode * pod.memoryBytes + sum(DAEMON_SETS, "memoryBytes") <= room.memoryBytes);
          assert.ok(podsPerNode + DAEMON_SETS.length <= room.pods);
          assert.equal(nodesNeeded, Math.ceil(count / podsPerNode));
        }
      }),
    );
  });

  it("never needs fewer nodes than the sum of unlike requests takes", () => {
    fc.assert(
      fc.property(type, fc.array(podRequest, { minLength: 1, maxLength: 40 }), (facts, pods) => {
        const { nodesNeeded, allocatable: room } = nodeCapacity({ instance: facts, pods, nodesMax: 10, zones: 3 });
        assert.ok(nodesNeeded >= sum(pods, "cpuMillis") / (room.cpuMillis - sum(DAEMON_SETS, "cpuMillis")));
        assert.ok(nodesNeeded <= pods.length || nodesNeeded === Number.POSITIVE_INFINITY);
      }),
    );
  });

  it("loses the fullest zone", () => {
    assert.equal(nodesLeftWithoutZone(6, 3), 4);
    assert.equal(nodesLeftWithoutZone(4, 3), 2);
    assert.equal(nodesLeftWithoutZone(3, 2), 1);
    assert.equal(nodesLeftWithoutZone(1, 3), 0);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 2, max: 6 }), (nodes, zones) => {
        assert.equal(nodesLeftWithoutZone(nodes, zones), Math.floor((nodes * (zones - 1)) / zones));
      }),
    );
  });
});
