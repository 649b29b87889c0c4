import assert from "node:assert/strict";
import { UNDECIDED } from "../../policy/framework/pack";
import * as T from "../../policy/framework/types";
import { packs } from "../../policy/packs";
import { type Given, judge, UNKNOWN } from "./engine";
import { edit } from "./given";
import { recorded } from "./mutations/recorded";

/** Values that a rule needs and that nothing else in the stack can tell: resource, path, rules. */
const NEEDED: readonly (readonly [name: string, path: string, ...rules: string[]])[] = [
  [`${T.SUBNET}::network-private-a`, "cidrBlock", "subnet-addresses"],
  [`${T.NODE_GROUP}::cluster-compute-group`, "instanceTypes", "subnet-addresses", "node-capacity"],
  [`${T.REPLICATION_GROUP}::cache`, "nodeType", "cache-fit"],
  [`${T.REPLICATION_GROUP}::cache`, "port", "security-group-path"],
  [`${T.INGRESS_RULE}::cache-from-nodes`, "fromPort", "security-group-path"],
  [`${T.RDS_INSTANCE}::database-writer`, "applyImmediately", "static-parameters"],
  [`${T.METRIC_ALARM}::monitoring-api-latency-p99`, "threshold", "alarms-equal-targets"],
  [`${T.METRIC_ALARM}::monitoring-api-latency-p99`, "tags", "alarms-equal-targets"],
  [`${T.IAM_ROLE_POLICY}::api-identity-policy`, "policy", "secret-path"],
  [
    `${T.DEPLOYMENT}::api-deployment`,
    "spec",
    "secret-path",
    "image-from-own-repository",
    "zone-spread",
    "k8s-no-host-ns",
  ],
];

describe("a value that only the deployment brings", () => {
  let stack: Given[];

  before(async () => {
    stack = await recorded("prod");
  });

  for (const [name, path, ...ids] of NEEDED) {
    it(`in ${path} of ${name} leaves ${ids.join(", ")} undecided, and says so`, async () => {
      const rules = packs.flatMap(({ rules }) => rules.filter(({ id }) => ids.includes(id)));
      const said = await judge(rules, edit(stack, name, path, UNKNOWN));
      for (const id of ids) {
        assert.ok(
          said.some(({ rule, message }) => rule === id && message.startsWith(UNDECIDED)),
          `${id} said ${JSON.stringify(said)}`,
        );
      }
      assert.deepEqual(
        said.filter(({ enforcement }) => enforcement === "mandatory"),
        [],
      );
    });
  }
});
