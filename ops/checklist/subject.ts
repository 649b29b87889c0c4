import type { Settings } from "../../settings";
import type { CapacityPlan } from "../../sizing/capacity";
import type { LoadReport } from "../loadtest/report";
import type { Graph } from "../preview/graph";
import type { Judgement } from "../preview/judge";
import type { Evidence, Look, Source } from "./item";
import type { CacheFacts } from "./sources/cache";
import type { DatabaseFacts } from "./sources/database";
import type { MetricsFacts } from "./sources/metrics";
import type { ServiceFacts } from "./sources/service";

/** What there is to know of a part that runs. */
export type Reading<Facts> =
  | { readonly kind: "absent" }
  /** It was asked and did not answer as it must: a fault. */
  | { readonly kind: "failed"; readonly subject: string; readonly problem: string }
  /** It answered that whoever asks lacks a right. */
  | { readonly kind: "refused"; readonly subject: string; readonly problem: string; readonly missing: string }
  | { readonly kind: "read"; readonly facts: Facts };

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

/** What is said of a part that nobody gave. */
export const NOT_GIVEN = "not given";

/** How each part that runs is given: the variable, with a value to go by. */
export const GIVEN_BY: Readonly<Record<keyof Running, string>> = {
  service: "URL=https://HOST",
  metrics: "METRICS_URL=http://localhost:9000",
  database: "DATABASE_URL=postgresql://pynomaly_readonly@HOST:5432/pynomaly",
  cache: "CACHE_URL=rediss://USER@HOST:6379",
  "load test": "REPORT=FILE, which make loadtest wrote",
};

/**
 * Looks at a part that runs; where it is not given, says what is missing.
 *
 * @param what what would be seen there
 */
export function running<Part extends keyof Running>(
  part: Part,
  what: string,
  judge: (facts: FactsOf<Part>, subject: Subject) => readonly Evidence[],
): Look {
  return (subject) => {
    const reading: Reading<unknown> = subject.running[part];
    const source: Source = part;
    switch (reading.kind) {
      case "absent":
        return [{ source, status: "not checked", subject: what, found: NOT_GIVEN, missing: GIVEN_BY[part] }];
      case "refused":
        return [{ source, status: "not checked", subject: what, found: reading.problem, missing: reading.missing }];
      case "failed":
        return [{ source, status: "fail", subject: reading.subject, found: reading.problem, expected: "an answer" }];
      default:
        return judge(reading.facts as FactsOf<Part>, subject);
    }
  };
}

type FactsOf<Part extends keyof Running> = Extract<Running[Part], { kind: "read" }>["facts"];
