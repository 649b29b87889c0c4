import { join } from "node:path";
import { waiverStatus, waivers } from "../../policy/waivers";
import { loadSettings } from "../../settings";
import type { CapacityPlan } from "../../sizing/capacity";
import { Graph } from "./graph";
import { STACK_TYPE } from "./monitor";
import type { PackProcess } from "./pack-process";
import { evaluatePolicies, type PackSummary, type Remediation, type Violation } from "./policies";
import { readPolicyConfig } from "./policy-config";
import { type Recording, recordProgram } from "./recorder";
import { readStackConfig } from "./stack-config";

/** Leave to break a rule, as previews list it. */
export type ListedWaiver = (typeof waivers)[number] & { readonly status: ReturnType<typeof waiverStatus> };

/** Everything that is known of a stack before it is deployed. */
export interface Preview {
  readonly stack: string;
  readonly graph: Graph;
  readonly capacity: CapacityPlan;
  readonly packs: readonly PackSummary[];
  readonly violations: readonly Violation[];
  readonly remediations: readonly Remediation[];
  readonly waivers: readonly ListedWaiver[];
}

/** The program's recording and the capacity plan it is built on. */
export interface StackRecording extends Recording {
  readonly project: string;
  readonly capacity: CapacityPlan;
}

/**
 * Runs the repository's program for a stack, without any policy.
 *
 * @throws ConfigurationError or SettingsError when the stack's configuration is wrong
 */
export async function recordStack(root: string, stack: string): Promise<StackRecording> {
  const { project, ...options } = readStackConfig(root, stack);
  const index = join(root, "index.ts");
  let capacity: CapacityPlan | undefined;
  const recording = await recordProgram(
    () => {
      capacity = loadSettings().plan;
      // A program registers when it is loaded, and may be recorded for several stacks in turn.
      delete require.cache[index];
      return require(index);
    },
    { project, stack, ...options },
  );
  if (capacity === undefined) throw new Error("the program ended before its settings were read");
  return { ...recording, project, capacity };
}

/**
 * Previews a stack of this repository with the policy packs that have been started for it.
 *
 * @param progress told what is being done
 */
export async function preview(
  root: string,
  stack: string,
  packs: readonly PackProcess[],
  progress: (what: string) => void,
): Promise<Preview> {
  const configPath = join("policy", "config", `${stack}.json`);
  progress("running the program");
  const { graph, registrations, project, capacity } = await recordStack(root, stack);
  const config = readPolicyConfig(join(root, configPath), configPath);

  progress(`judging ${graph.resources.length} resources by ${packs.map(({ path }) => path).join(" and ")}`);
  const verdicts = await evaluatePolicies(packs, registrations, { project, stack, config, configPath });
  const resources = verdicts.registrations
    .map(({ resource }) => resource)
    .filter((resource) => resource.type !== STACK_TYPE);
  const today = new Date();
  return {
    stack,
    graph: new Graph(graph.stack, resources, graph.outputs, graph.invokes),
    capacity,
    packs: verdicts.packs,
    violations: verdicts.violations,
    remediations: verdicts.remediations,
    waivers: waivers.map((waiver) => ({ ...waiver, status: waiverStatus(waiver, today) })),
  };
}
