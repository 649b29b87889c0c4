import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import type { Given } from "../../engine";
import { change, edit, given, one } from "../../given";

const cache = one(T.REPLICATION_GROUP, {
  automaticFailoverEnabled: true,
  multiAzEnabled: true,
  numCacheClusters: 3,
  logDeliveryConfigurations: [{ logType: "slow-log" }],
});

/** A cache of a size, with its parameters. */
const SIZED: Given[] = [
  given(
    T.REPLICATION_GROUP,
    { engine: "redis", engineVersion: "7.1", nodeType: "cache.m7g.large" },
    { name: "cache", refs: { parameterGroupName: ["cache-parameters"] } },
  ),
  given(
    T.CACHE_PARAMETER_GROUP,
    { family: "redis7", parameters: [{ name: "reserved-memory-percent", value: "25" }] },
    { name: "cache-parameters" },
  ),
];

/** What the rules about caches accept and refuse. */
export const cacheCases: CaseTable = {
  "cache-failover": {
    holds: [cache(), cache({ numCacheClusters: undefined, replicasPerNodeGroup: 1 })],
    breaks: [
      [cache({ automaticFailoverEnabled: false }), /automaticFailoverEnabled is false/],
      [cache({ multiAzEnabled: undefined }), /multiAzEnabled is not set/],
      [cache({ numCacheClusters: 1 }), /no replica/],
    ],
  },
  "cache-slowlog": {
    holds: [cache()],
    breaks: [[cache({ logDeliveryConfigurations: [{ logType: "engine-log" }] }), /no log delivery of type slow-log/]],
  },
  "cache-fit": {
    holds: [
      SIZED,
      change(SIZED, "cache", { refs: {} }),
      edit(edit(SIZED, "cache", "engine", "valkey"), "cache-parameters", "family", "valkey7"),
      edit(edit(SIZED, "cache", "engineVersion", "6.2"), "cache-parameters", "family", "redis6.x"),
    ],
    breaks: [
      [edit(SIZED, "cache", "nodeType", "cache.t4g.micro"), /has 384.* beside its reserve of 25 %.* 1.0 GiB/],
      [edit(SIZED, "cache", "nodeType", "cache.x9.huge"), /whose memory sizing\/data\/elasticache.json does not have/],
      [
        edit(SIZED, "cache-parameters", "parameters.0.value", "10"),
        /reserved-memory-percent is 10, and AWS advises 25/,
      ],
      [edit(SIZED, "cache", "engine", "valkey"), /engine valkey 7.1 with parameters of redis7/],
      [edit(SIZED, "cache", "engineVersion", "5.0.6"), /engine redis 5.0.6 with parameters of redis7/],
    ],
  },
  "cache-backups": {
    holds: [[given(T.REPLICATION_GROUP, { snapshotRetentionLimit: 1 })]],
    breaks: [
      [[given(T.REPLICATION_GROUP, { snapshotRetentionLimit: 0 })], /snapshotRetentionLimit is 0/],
      [[given(T.REPLICATION_GROUP)], /snapshotRetentionLimit is not set/],
    ],
  },
  "cache-minor-upgrades": {
    holds: [[given(T.REPLICATION_GROUP)], [given(T.REPLICATION_GROUP, { autoMinorVersionUpgrade: "true" })]],
    breaks: [[[given(T.REPLICATION_GROUP, { autoMinorVersionUpgrade: false })], /autoMinorVersionUpgrade is false/]],
  },
};
