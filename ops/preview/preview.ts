import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { MonthlyCost } from "../../policy/framework/cost";
import { loadSettings } from "../../settings";
import type { CapacityPlan } from "../../sizing/capacity";
import { costOf } from "./cost";
import { Graph } from "./graph";
import { type Judgement, judge } from "./judge";
import type { PackProcess } from "./pack-process";
import { type Recording, recordProgram } from "./recorder";
import { digestSecrets, type SecretDigests } from "./secrets";
import { readStackConfig } from "./stack-config";

/** Everything that is known of a stack before it is deployed. */
export interface Preview extends Judgement {
  readonly graph: Graph;
  readonly capacity: CapacityPlan;
  /** Absent where no prices have been read. */
  readonly cost?: MonthlyCost;
  /** The stack's configuration by fully qualified key, defaults included, as it may be shown. */
  readonly settings: Readonly<Record<string, string>>;
  /** By which its secrets can be compared with those of another preview with the same key. */
  readonly secrets: SecretDigests;
}

/** The program's recording and the capacity plan it is built on. */
export interface StackRecording extends Recording {
  readonly project: string;
  readonly capacity: CapacityPlan;
  readonly settings: Readonly<Record<string, string>>;
}

/**
 * Runs the repository's program for a stack, without any policy.
 *
 * @throws ConfigurationError or SettingsError when the stack's configuration is wrong
 */
export async function recordStack(root: string, stack: string): Promise<StackRecording> {
  const { project, shown, ...options } = readStackConfig(root, stack);
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
  return { ...recording, project, capacity, settings: shown };
}

/**
 * Previews a stack of this repository with the policy packs that have been started for it.
 *
 * @param progress told what is being done
 * @param secretsKey what the digests of its secrets are made with. @default a random one, with which they equal no others
 */
export async function preview(
  root: string,
  stack: string,
  packs: readonly PackProcess[],
  progress: (what: string) => void,
  secretsKey: string = randomUUID(),
): Promise<Preview> {
  progress("running the program");
  const { graph, registrations, project, capacity, settings } = await recordStack(root, stack);
  const judgement = await judge(root, { project, stack, registrations }, packs, progress);
  const cost = costOf(registrations);
  return {
    ...judgement,
    ...(cost && { cost }),
    graph: new Graph(graph.stack, judgement.resources, graph.outputs, graph.invokes),
    capacity,
    settings,
    secrets: digestSecrets(registrations, secretsKey),
  };
}
