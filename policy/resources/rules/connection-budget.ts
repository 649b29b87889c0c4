import { targets } from "../../../targets";
import { isReplica, parameter, parameterGroupOf, proxiesOf } from "../../framework/database";
import { ENVIRONMENT } from "../../framework/environment";
import { attempt, each, type Finding, found } from "../../framework/finding";
import { mostPods, setting } from "../../framework/kubernetes";
import { stackRule } from "../../framework/rule";
import type { Stack, StackResource } from "../../framework/stack";
import { DEPLOYMENT, RDS_INSTANCE, RDS_PROXY_TARGET_GROUP } from "../../framework/types";

export const connectionBudget = stackRule({
  id: "connection-budget",
  title: "All pods together ask for a share of a database's connections that leaves a reserve",
  severity: "high",
  reason:
    "Pools grow under load, all at once: pods × processes × pool beyond max_connections is refused at the very peak.",
  example: "25 pods × 1 processes × 7 = 175 connections to orders, which has 160 (80 % of 200)",
  remedy: `lower the pool per process (${ENVIRONMENT.writerPool}, ${ENVIRONMENT.readerPool}), the autoscaler's maximum or the surge; or put a proxy with maxConnectionsPercent within the configured share before the writer`,
  config: {
    percent: {
      type: "number",
      description: "most of max_connections that all pods together may ask for, in %",
      default: targets.connectionUtilization.value,
      minimum: 1,
      maximum: 100,
    },
  },
  *check(stack, { percent }) {
    yield* each(stack.ofType(RDS_INSTANCE), function* (instance) {
      const proxies = proxiesOf(stack, instance);
      if (proxies.length > 0) {
        yield* each(proxies, (proxy) => proxyShare(stack, proxy, percent));
      } else {
        const pool = isReplica(instance) ? ENVIRONMENT.readerPool : ENVIRONMENT.writerPool;
        yield* attempt(() => directShare(stack, instance, pool, percent), instance);
      }
    });
  },
});

/** What pools ask of an instance that they reach without a proxy. */
function* directShare(stack: Stack, instance: StackResource, pool: string, percent: number): Generator<Finding> {
  const clients = stack
    .ofType(DEPLOYMENT)
    .filter((app) => setting(app, pool) !== undefined && mayUse(app, instance))
    .map((app) => ({
      pods: mostPods(stack, app),
      processes: setting(app, ENVIRONMENT.workers) ?? 1,
      pool: setting(app, pool) ?? 0,
    }));
  if (clients.length === 0) {
    return;
  }
  const group = parameterGroupOf(instance);
  const most = group && parameter(group, "max_connections")?.number();
  if (most === undefined) {
    yield found(
      `max_connections of ${instance.name} is not set to a number by a parameter group of the stack`,
      instance,
    );
    return;
  }
  const demand = clients.reduce((sum, client) => sum + client.pods * client.processes * client.pool, 0);
  const usable = Math.floor((most * percent) / 100);
  if (demand > usable) {
    const terms = clients.map((client) => `${client.pods} pods × ${client.processes} processes × ${client.pool}`);
    yield found(
      `${terms.join(" + ")} = ${demand} connections to ${instance.name}, which has ${usable} (${percent} % of ${most})`,
      instance,
    );
  }
}

function* proxyShare(stack: Stack, proxy: StackResource, most: number): Generator<Finding> {
  const [group] = stack.referring(RDS_PROXY_TARGET_GROUP, "dbProxyName", proxy);
  const share = group?.props.at("connectionPoolConfig.maxConnectionsPercent");
  // RDS's default is 100.
  if ((share?.number() ?? 100) > most) {
    yield found(`${share ?? "maxConnectionsPercent is not set"}`, group ?? proxy);
  }
}

/** Whether a deployment talks to an instance; one that refers to no database at all may talk to any. */
function mayUse(app: StackResource, instance: StackResource): boolean {
  const databases = app.references("spec").filter(({ type }) => type === RDS_INSTANCE);
  return databases.length === 0 || databases.includes(instance);
}
