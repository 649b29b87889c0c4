import { datesText, type MonthlyCost, usd } from "../../policy/framework/cost";
import type { CapacityPlan } from "../../sizing/capacity";
import type { NodeCapacity } from "../../sizing/nodes";
import { NOT_COUNTED } from "../../sizing/price-list";
import { colors } from "../command/colors";

/**
 * The capacity plan, one line per resource that can run out; the money last.
 *
 * @param former what lines said that say something else now, by their names
 */
export function capacityText(
  plan: CapacityPlan,
  cost: MonthlyCost | undefined,
  former: ReadonlyMap<string, string | undefined>,
): string[] {
  const rows = capacityRows(plan, cost);
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.flatMap(([name, value]) => {
    const was = former.get(name);
    const before = was === undefined ? [] : [colors.yellow(`${"was".padStart(width)}  ${was}`)];
    return [`${colors.dim(name.padEnd(width))}  ${value}`, ...before];
  });
}

/** The capacity plan as what can run out, and how much there is of it. */
export function capacityRows(
  plan: CapacityPlan,
  cost: MonthlyCost | undefined,
): readonly (readonly [name: string, value: string])[] {
  const { addresses, cache, connections, nodes, timeline } = plan;
  const { memory } = plan.database;
  const demand = addresses.demand.map(({ kind, perZone, available }) => `${kind} ${perZone} of ${available}`);
  return [
    ["addresses", `${addresses.vpcCidr} over ${addresses.zones.length} zones; per zone ${demand.join(", ")}`],
    [
      "database memory",
      `${gib(memory.totalBytes)}: shared buffers ${gib(memory.sharedBuffersBytes)}, work_mem ${gib(memory.workMemBytes)}, ` +
        `connections ${gib(memory.backendsBytes)}, autovacuum ${gib(memory.autovacuumBytes)}, ` +
        `maintenance ${gib(memory.maintenanceBytes)}, system ${gib(memory.systemBytes)}, free ${gib(memory.freeBytes)}`,
    ],
    [
      "connections",
      `${connections.pods} pods × ${connections.workersPerPod} × ${connections.writerPoolPerProcess} to the writer ` +
        `of ${connections.usable} usable; ${connections.readerPoolPerProcess} per process to each replica`,
    ],
    ["cache memory", `${gib(cache.usableBytes)} usable of ${gib(cache.maxMemoryBytes)}`],
    ["compute nodes", nodesText(nodes.compute)],
    ["system nodes", nodesText(nodes.system)],
    [
      "time-outs",
      `statement ${timeline.statementTimeoutSeconds} s < request ${timeline.requestTimeoutSeconds} s ` +
        `< balancer idle ${timeline.loadBalancerIdleSeconds} s < keep-alive ${timeline.keepAliveSeconds} s ` +
        `< headers ${timeline.headersTimeoutSeconds} s`,
    ],
    [
      "shutdown",
      `preStop ${timeline.preStopSeconds} s + drain ${timeline.drainSeconds} s of ` +
        `${timeline.terminationGraceSeconds} s grace; deregistered after ${timeline.deregistrationDelaySeconds} s`,
    ],
    ["monthly cost", costText(cost)],
  ];
}

function costText(cost: MonthlyCost | undefined): string {
  if (cost === undefined) return "not known: make prices reads AWS's public prices, without an account";
  const unpriced = cost.unpriced.length === 0 ? "" : `; no price of ${cost.unpriced.join(", ")}`;
  return (
    `${usd(cost.least)} to ${usd(cost.most)} by prices of ${datesText(cost.dates)}${unpriced}; ` +
    `not counted: ${NOT_COUNTED.join(", ")}`
  );
}

function nodesText({ podsPerNode, podsNeeded, nodesNeeded, nodesLeft }: NodeCapacity): string {
  return `${podsNeeded} pods at ${podsPerNode} per node need ${nodesNeeded}; ${nodesLeft} left when a zone fails`;
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB`;
}
