import { BURN_RATES } from "../../sizing/thresholds";
import { targets } from "../../targets";
import { type AlarmDefinition, type CompositeDefinition, exact, type Formula } from "./definition";
import { onBalancer, type WatchedService } from "./service-alarms";

/** Share of requests that may fail, in %: what {@link targets.availability} leaves. */
const ERROR_BUDGET_PERCENT = exact(100 - targets.availability.value);

/**
 * Requests answered with a server error, in %. `RequestCount` leaves out those that found no target to go to; they are
 * the load balancer's 503s, so that both together are all requests.
 */
function errorRatio(service: WatchedService): Formula {
  const metric = onBalancer(service);
  return {
    expression: "100 * (FILL(elb5xx, 0) + FILL(target5xx, 0)) / (FILL(requests, 0) + FILL(elb503, 0))",
    metrics: {
      requests: metric("RequestCount", "Sum"),
      elb503: metric("HTTPCode_ELB_503_Count", "Sum"),
      elb5xx: metric("HTTPCode_ELB_5XX_Count", "Sum"),
      target5xx: metric("HTTPCode_Target_5XX_Count", "Sum"),
    },
  };
}

/** One alarm for each window of each burn rate; {@link errorBudgetComposites} makes something of them. */
export function errorBudgetAlarms(service: WatchedService): AlarmDefinition[] {
  const errors = errorRatio(service);
  return BURN_RATES.flatMap(({ name, rate, longWindowSeconds, shortWindowSeconds }) =>
    [
      { length: "long", seconds: longWindowSeconds },
      { length: "short", seconds: shortWindowSeconds },
    ].map(
      ({ length, seconds }): AlarmDefinition => ({
        target: "availability",
        threshold: exact(rate * ERROR_BUDGET_PERCENT),
        id: `error-budget-${name}-${length}`,
        title: `Server errors over ${seconds / 60} minutes, in %`,
        group: "Service",
        panel: "Server errors",
        measure: errors,
        breach: "above",
        severity: "part",
        window: { periodSeconds: seconds, periods: 1, bad: 1 },
        missingData: "notBreaching",
        meaning: `Server errors use up the month's error budget ${rate} times too fast, over ${seconds / 60} minutes.`,
        firstLook: "See the composite alarm of both windows.",
        runbook: "error-budget",
      }),
    ),
  );
}

/** The burn-rate alarms: an error budget that suffers in the long window and still does in the short one. */
export const errorBudgetComposites: readonly CompositeDefinition[] = BURN_RATES.map(
  ({ name, rate }): CompositeDefinition => ({
    id: `error-budget-${name}-burn`,
    title: `Error budget, ${name} burn`,
    of: [`error-budget-${name}-long`, `error-budget-${name}-short`],
    when: "all",
    notifies: false,
    meaning: `Server errors use up the error budget of ${targets.availability.value} % availability ${rate} times too fast.`,
    firstLook:
      "Is it the load balancer (no target) or the API that errs? Then the latest deployment, then the database.",
    runbook: "error-budget",
  }),
);
