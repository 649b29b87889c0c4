import assert from "node:assert/strict";
import { Edge, type EdgeArgs } from "../../../components/edge";
import { timeline } from "../../../sizing/timeline";
import { type Graph, record } from "../../support/record";

export const base: EdgeArgs = {
  accountId: "123456789012",
  region: "eu-west-1",
  vpcId: "vpc-1",
  subnetIds: ["subnet-a", "subnet-b", "subnet-c"],
  routes: [],
  backend: { securityGroupId: "sg-pods", port: 8000, healthPath: "/ready" },
  ingressCidrs: ["0.0.0.0/0"],
  loadTestAddresses: [],
  timeline,
  cdn: false,
  logsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/logs",
  logRetentionDays: 90,
  protect: true,
};
export const domain = { domainName: "api.example.com", hostedZoneId: "Z1" };

/** Records an edge, without a domain unless given; its address comes back as the stack's output. */
export const edge = (extra: Partial<EdgeArgs> = {}): Promise<Graph> =>
  record(
    () => {
      const { url } = new Edge("edge", { ...base, ...extra });
      return { url };
    },
    { project: "pynomaly", stack: "test" },
  );

/** The inputs of the resource of a name. */
export const inputs = (graph: Graph, name: string): Record<string, unknown> => graph.byName(name).inputs;

/** The part of `actual` whose keys `expected` has equals it. */
export function assertHas(actual: Record<string, unknown>, expected: Record<string, unknown>): void {
  const part = Object.fromEntries(Object.keys(expected).map((key) => [key, actual[key]]));
  assert.deepEqual(part, expected);
}
