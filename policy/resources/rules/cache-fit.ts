import { cacheSizing } from "../../../sizing/cache";
import { cacheNode } from "../../../sizing/instances";
import { gib, readableSize } from "../../../sizing/units";
import { targets } from "../../../targets";
import { parameter } from "../../framework/database";
import { each, type Finding, found } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import type { StackResource } from "../../framework/stack";
import { CACHE_PARAMETER_GROUP, REPLICATION_GROUP } from "../../framework/types";

const RESERVED = "reserved-memory-percent";

export const cacheFit = stackRule({
  id: "cache-fit",
  title: "A cache node holds the data beside what it reserves, and its parameters are its engine's",
  severity: "high",
  reason:
    "A node without a reserve swaps during each snapshot and failover; parameters of another engine version are refused by ElastiCache, in the middle of a deployment.",
  example: "cache.t4g.micro has 384 MiB beside its reserve of 25 %, and the data may take 1.0 GiB",
  remedy: `choose a larger nodeType, set ${RESERVED} to what AWS advises, and take the parameter group's family from engine and engineVersion`,
  config: {
    gib: {
      type: "number",
      description: "data that each node must have room for, in GiB",
      default: targets.cacheMemory.value,
      minimum: 0,
    },
  },
  *check(stack, { gib: data }) {
    yield* each(stack.ofType(REPLICATION_GROUP), (cache) => fit(cache, gib(data)));
  },
});

function* fit(cache: StackResource, wanted: number): Generator<Finding> {
  const [group] = cache.references("parameterGroupName").filter(({ type }) => type === CACHE_PARAMETER_GROUP);
  yield* each([cache], () => family(cache, group));
  const type = cache.props.at("nodeType");
  const node = cacheNode(type.string() ?? "");
  if (node === undefined) {
    yield found(`${type}, whose memory sizing/data/elasticache.json does not have`, cache);
    return;
  }
  const advised = advisedReserve(type.string() ?? "");
  const reserved = (group && parameter(group, RESERVED)?.number()) ?? advised;
  if (reserved < advised) {
    yield found(`${RESERVED} is ${reserved}, and AWS advises ${advised}`, cache);
  }
  const usable = (node.maxMemoryBytes * (100 - reserved)) / 100;
  if (usable < wanted) {
    yield found(
      `${type.string()} has ${readableSize(usable)} beside its reserve of ${reserved} %, and the data may take ${readableSize(wanted)}`,
      cache,
    );
  }
}

/** The reserve that AWS advises, and sets where nobody does. */
const advisedReserve = (nodeType: string): number =>
  Number(cacheSizing({ engine: "redis", nodeType }).parameters.find(({ name }) => name === RESERVED)?.value);

/** Engine and major version, as both stand in the name of a family: `redis7`, `redis6.x`, `valkey8`. */
function* family(cache: StackResource, group: StackResource | undefined): Generator<Finding> {
  const engine = cache.props.at("engine").string() ?? "redis";
  const version = cache.props.at("engineVersion").string() ?? "";
  const major = /^\d+/.exec(version)?.[0];
  const given = group?.props.at("family").string();
  if (given !== undefined && major !== undefined && /^\D+\d+/.exec(given)?.[0] !== engine + major) {
    yield found(`engine ${engine} ${version} with parameters of ${given}`, cache);
  }
}
