import type { Settings } from "../../settings";
import type { CapacityPlan } from "../../sizing/capacity";
import type { LoadReport } from "../loadtest/report";
import type { Graph } from "../preview/graph";
import type { Judgement } from "../preview/judge";
import type { CacheFacts } from "./sources/cache";
import type { DatabaseFacts } from "./sources/database";
import type { MetricsFacts } from "./sources/metrics";
import type { Reading } from "./sources/reading";
import type { ServiceFacts } from "./sources/service";

/** The facts of each part that runs. */
export interface Running {
  readonly service: Reading<ServiceFacts>;
  readonly metrics: Reading<MetricsFacts>;
  readonly database: Reading<DatabaseFacts>;
  readonly cache: Reading<CacheFacts>;
  readonly "load test": Reading<LoadReport>;
}

/** What the checklist looks at. */
export interface Subject {
  readonly stack: string;
  readonly settings: Settings;
  readonly plan: CapacityPlan;
  readonly graph: Graph;
  readonly judgement: Pick<Judgement, "packs" | "violations">;
  readonly running: Running;
  /** The repository's root. */
  readonly root: string;
}
