import { join } from "node:path";
import { waiverStatus, waivers } from "../../policy/waivers";
import type { RecordedResource } from "./graph";
import { type Registration, STACK_TYPE } from "./monitor";
import type { PackProcess } from "./pack-process";
import { evaluatePolicies, type PolicyContext, type Verdicts } from "./policies";
import { readPolicyConfig } from "./policy-config";

/** Leave to break a rule, as previews list it. */
export type ListedWaiver = (typeof waivers)[number] & { readonly status: ReturnType<typeof waiverStatus> };

/** A stack that is to be judged. */
export interface Subject extends Pick<PolicyContext, "project" | "stack" | "deployed"> {
  /** The root stack and all its resources. */
  readonly registrations: readonly Registration[];
}

/** What the policies say of a stack, and what leave there is to break them. */
export interface Judgement extends Pick<Verdicts, "packs" | "violations" | "remediations"> {
  readonly stack: string;
  /** The resources without the root stack, with what rules changed in them; masked. */
  readonly resources: readonly RecordedResource[];
  readonly waivers: readonly ListedWaiver[];
}

/**
 * Judges a stack with the policy packs that have been started for it, as the stack's file in `policy/config/` says.
 *
 * @param root the folder of this repository
 * @param progress told what is being done
 */
export async function judge(
  root: string,
  { registrations, ...about }: Subject,
  packs: readonly PackProcess[],
  progress: (what: string) => void,
): Promise<Judgement> {
  const configPath = configPathOf(about.stack);
  const config = readPolicyConfig(join(root, configPath), configPath);
  progress(`judging ${resourcesOf(registrations).length} resources by ${packs.map(({ path }) => path).join(" and ")}`);
  const verdicts = await evaluatePolicies(packs, registrations, { ...about, config, configPath });
  return judgementOf(about.stack, verdicts);
}

/** The file that configures a stack's policies, relative to the repository. */
export const configPathOf = (stack: string): string => join("policy", "config", `${stack}.json`);

/** The resources without the root stack. */
export const resourcesOf = (registrations: readonly Registration[]): RecordedResource[] =>
  registrations.map(({ resource }) => resource).filter(({ type }) => type !== STACK_TYPE);

/** Verdicts of a stack, with the waivers that there are. */
export function judgementOf(stack: string, verdicts: Verdicts): Judgement {
  const today = new Date();
  return {
    stack,
    resources: resourcesOf(verdicts.registrations),
    packs: verdicts.packs,
    violations: verdicts.violations,
    remediations: verdicts.remediations,
    waivers: waivers.map((waiver) => ({ ...waiver, status: waiverStatus(waiver, today) })),
  };
}
