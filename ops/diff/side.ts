import type { MonthlyCost } from "../../policy/framework/cost";
import type { CapacityPlan } from "../../sizing/capacity";
import type { RecordedResource } from "../preview/graph";
import type { Judgement } from "../preview/judge";
import type { SecretDigests } from "../preview/secrets";

/** One side of a comparison: a stack at a commit. */
export interface Side {
  readonly resources: readonly RecordedResource[];
  /** Absent, as what follows, where only the committed snapshot of the resources is to be had. */
  readonly capacity?: CapacityPlan;
  /** Absent also where no prices have been read. */
  readonly cost?: MonthlyCost;
  readonly settings?: Readonly<Record<string, string>>;
  readonly secrets?: SecretDigests;
  readonly judgement?: Pick<Judgement, "packs" | "violations" | "waivers">;
}
