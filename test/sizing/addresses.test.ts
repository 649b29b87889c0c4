import assert from "node:assert/strict";
import fc from "fast-check";
import { type AddressInput, addressPlan, longestVpcPrefix, type ZoneAddresses, zoneSlot } from "../../sizing/addresses";
import { type Cidr, cidrPart, cidrSize, cidrsOverlap, formatCidr, parseCidr } from "../../sizing/cidr";

const input: AddressInput = {
  vpcCidr: "10.0.0.0/16",
  availabilityZones: ["us-east-1a", "us-east-1b", "us-east-1c"],
  nodeGroups: [
    { nodesMax: 4, maxPodsPerNode: 110, interfaces: 3 },
    { nodesMax: 6, maxPodsPerNode: 110, interfaces: 4 },
  ],
  cacheReplicas: 2,
  databaseReplicaZones: ["us-east-1b", "us-east-1c"],
};
const zones = fc
  .subarray(["a", "b", "c", "d", "e", "f"], { minLength: 2 })
  .map((letters) => letters.map((letter) => `eu-west-3${letter}`));
const vpcPrefix = fc.integer({ min: 16, max: 20 });
const vpcCidr = vpcPrefix.map((prefix) => `172.16.0.0/${prefix}`);
const cidrs = (z: ZoneAddresses): Cidr[] => [z.publicCidr, z.privateCidr, z.dataCidr].map(parseCidr);

describe("CIDR", () => {
  it("reads back every network that it writes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 32 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (prefix, at) => {
          const cidr = { address: Math.floor(at * 2 ** prefix) * cidrSize(prefix), prefix };
          assert.deepEqual(parseCidr(formatCidr(cidr)), cidr);
        },
      ),
    );
  });

  for (const text of ["", "10.0.0.0", "10.0.0/16", "10.0.0.256/16", "10.0.0.0/33", "::/0", "10.0.0.0/16 "]) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => parseCidr(text), /is not an IPv4 network/);
    });
  }

  it("refuses an address inside the network, naming its start", () => {
    assert.throws(() => parseCidr("10.0.1.0/16"), /"10.0.1.0\/16" starts inside its network: write "10.0.0.0\/16"/);
  });

  it("has no part beyond its end", () => {
    const vpc = parseCidr("10.0.0.0/16");
    assert.equal(formatCidr(cidrPart(vpc, 24, 255)), "10.0.255.0/24");
    assert.throws(() => cidrPart(vpc, 24, 256), /10.0.0.0\/16 has no part 256 of \/24/);
    assert.throws(() => cidrPart(vpc, 8, 0), /has no part/);
  });
});

describe("address plan", () => {
  it("gives a /16 private /19s, public /22s and data /23s by zone letter", () => {
    assert.deepEqual(addressPlan(input).zones[1], {
      zone: "us-east-1b",
      publicCidr: "10.0.196.0/22",
      privateCidr: "10.0.32.0/19",
      dataCidr: "10.0.226.0/23",
    });
  });

  it("takes the slot from the letter of an availability zone, and from nothing else", () => {
    assert.equal(zoneSlot("us-east-1a"), 0);
    assert.equal(zoneSlot("us-east-1f"), 5);
    assert.equal(zoneSlot("us-gov-west-1c"), 2);
    for (const zone of ["us-east-1g", "us-east-1", "use1-az1", "us-west-2-lax-1a", "a", ""]) {
      assert.equal(zoneSlot(zone), undefined, zone);
    }
  });

  it("never overlaps, and stays inside the VPC", () => {
    fc.assert(
      fc.property(zones, vpcCidr, (availabilityZones, cidr) => {
        const all = addressPlan({ ...input, availabilityZones, vpcCidr: cidr }).zones.flatMap(cidrs);
        const vpc = parseCidr(cidr);
        for (const [index, one] of all.entries()) {
          assert.ok(one.address >= vpc.address);
          assert.ok(one.address + cidrSize(one.prefix) <= vpc.address + cidrSize(vpc.prefix));
          assert.ok(all.slice(index + 1).every((other) => !cidrsOverlap(one, other)));
        }
      }),
    );
  });

  it("never moves the subnets of a zone when others come or go", () => {
    fc.assert(
      fc.property(zones, zones, vpcCidr, (some, others, cidr) => {
        const plan = (availabilityZones: string[]) => addressPlan({ ...input, availabilityZones, vpcCidr: cidr }).zones;
        const other = plan(others);
        for (const zone of plan(some)) {
          const same = other.find((z) => z.zone === zone.zone);
          if (same) assert.deepEqual(same, zone);
        }
      }),
    );
  });

  it("holds what it says it holds, and no longer prefix does", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 0, max: 5 }),
        zones,
        (nodesMax, cacheReplicas, az) => {
          const nodeGroups = [{ nodesMax, maxPodsPerNode: 110, interfaces: 4 }];
          const of = (prefix: number) => ({
            ...input,
            nodeGroups,
            cacheReplicas,
            availabilityZones: az,
            vpcCidr: `10.0.0.0/${prefix}`,
          });
          const fits = (prefix: number) => addressPlan(of(prefix)).demand.every((d) => d.perZone <= d.available);
          const longest = longestVpcPrefix(of(16));
          if (longest === undefined) assert.ok(!fits(16));
          else {
            assert.ok(fits(longest));
            assert.ok(longest === 20 || !fits(longest + 1));
          }
        },
      ),
    );
  });

  it("counts a prefix of 16 addresses for every 16 pods, one kept warm, and one spoiled by each single address", () => {
    const demand = (change: Partial<AddressInput>) =>
      addressPlan({ ...input, ...change }).demand.find((d) => d.kind === "private")?.perZone ?? 0;
    const one = demand({ nodeGroups: [{ nodesMax: 2, maxPodsPerNode: 18, interfaces: 1 }] });
    assert.equal(demand({ nodeGroups: [{ nodesMax: 2, maxPodsPerNode: 19, interfaces: 1 }] }) - one, 2 * 16);
    assert.equal(demand({ nodeGroups: [{ nodesMax: 2, maxPodsPerNode: 18, interfaces: 2 }] }) - one, 2 * 16);
    assert.equal(demand({ nodeGroups: [{ nodesMax: 4, maxPodsPerNode: 18, interfaces: 1 }] }) - one, 3 * 16);
  });

  it("counts proxy, database, replicas, cache nodes and rotation in a data subnet, with another zone lost", () => {
    const demand = (change: Partial<AddressInput>) =>
      addressPlan({ ...input, ...change }).demand.find((d) => d.kind === "data")?.perZone;
    assert.equal(demand({}), 25 + 2 + 1 + 2 + 1);
    assert.equal(demand({ databaseReplicaZones: [] }), 25 + 2 + 0 + 2 + 1);
    assert.equal(demand({ databaseReplicaZones: ["us-east-1b", "us-east-1b"] }), 25 + 2 + 2 + 2 + 1);
    assert.equal(demand({ cacheReplicas: 1 }), 25 + 2 + 1 + 1 + 1);
    assert.equal(demand({ cacheReplicas: 5 }), 25 + 2 + 1 + 3 + 1);
  });

  it("leaves public subnets room for the load balancer's 8 addresses in every size", () => {
    fc.assert(
      fc.property(vpcCidr, (cidr) => {
        const publicDemand = addressPlan({ ...input, vpcCidr: cidr }).demand.find((d) => d.kind === "public");
        assert.ok(publicDemand && publicDemand.perZone >= 8 && publicDemand.available >= publicDemand.perZone);
      }),
    );
  });

  it("refuses VPCs outside /16 to /20 and zones without a slot", () => {
    assert.throws(() => addressPlan({ ...input, vpcCidr: "10.0.0.0/21" }), /must be a \/16 to \/20/);
    assert.throws(() => addressPlan({ ...input, availabilityZones: ["us-east-1z"] }), /"us-east-1z" is not/);
  });
});
