import { found } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { REPLICATION_GROUP } from "../../framework/types";

export const cacheSlowlog = resourceRule({
  id: "cache-slowlog",
  title: "Slow cache commands are logged",
  severity: "low",
  reason: "One slow command stops a single-threaded cache for every client; without the log nobody knows which.",
  example: "no log delivery of type slow-log",
  remedy: "add a logDeliveryConfigurations entry with logType slow-log",
  types: [REPLICATION_GROUP],
  *check({ props }) {
    const deliveries = props.at("logDeliveryConfigurations").list();
    if (!deliveries.some((delivery) => delivery.at("logType").string() === "slow-log")) {
      yield found("no log delivery of type slow-log");
    }
  },
});
