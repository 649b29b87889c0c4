import type { Evidence, Look, Source } from "./item";
import type { Reading } from "./sources/reading";
import type { Running, Subject } from "./subject";

/** What is said of a part that nobody gave. */
export const NOT_GIVEN = "not given";

/** How each part that runs is given: the variable, with a value to go by. */
const GIVEN_BY: Readonly<Record<keyof Running, string>> = {
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
