import type { CapacityInputs, CapacityPlan } from "./capacity";
import { planAddresses, planCache, planConnections, planDatabase, planNodes } from "./checks";
import type { Problem } from "./problem";
import { timeline } from "./timeline";

/** The outcome of planning: a plan when nothing is wrong, otherwise every problem at once. */
export interface CapacityResult {
  /** Absent when there are problems. */
  readonly plan?: CapacityPlan;
  /** Each under the key of the setting to change. */
  readonly problems: readonly Problem[];
}

/**
 * Computes every size of the stack and says what does not fit.
 *
 * Expects counts to be whole and at least 1, and at least two zones: the settings' own checks.
 */
export function planCapacity(inputs: CapacityInputs): CapacityResult {
  const problems: Problem[] = [];
  const report = (key: keyof CapacityInputs, found: string, allowed: string) => {
    problems.push({ key, found, allowed });
  };
  const database = planDatabase(inputs, report);
  const cache = planCache(inputs, report);
  const connections = planConnections(inputs, report);
  const nodes = planNodes(inputs, report);
  const addresses = planAddresses(inputs, nodes, report);
  if (problems.length > 0 || !database || !cache || !connections || !nodes || !addresses) return { problems };
  return { plan: { addresses, database, cache, connections, nodes, timeline }, problems };
}
