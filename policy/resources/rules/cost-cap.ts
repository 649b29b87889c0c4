import { datesText, type MonthlyCost, monthlyCost, usd } from "../../framework/cost";
import { each, type Finding, found, unpriced } from "../../framework/finding";
import { stackRule } from "../../framework/rule";
import type { StackResource } from "../../framework/stack";
import { BUDGET } from "../../framework/types";

export const costCap = stackRule({
  id: "cost-cap",
  title: "What the stack costs a month at its largest, before any use, is within its budget",
  severity: "medium",
  reason:
    "A budget tells when the money is spent; a class too large, or a maximum too high, is known to exceed it before anything exists.",
  example:
    "at the most 3,650.00 USD a month (1,825.00 USD at the least) by prices of us-east-1 of 2026-11-23; the budget orders-budget has 3,000.00 USD",
  remedy:
    "take smaller classes or a lower maximum, or raise the budget; without prices, or with old ones, make prices reads AWS's",
  config: {
    usdPerMonth: {
      type: "number",
      description: "most that the stack may cost a month before any use, in USD; 0 leaves it to the stack's budgets",
      default: 0,
      minimum: 0,
    },
  },
  *check(stack, { usdPerMonth }) {
    const cost = monthlyCost(stack);
    if (usdPerMonth > 0) {
      yield* within(cost, usdPerMonth, `usdPerMonth allows ${usd(usdPerMonth)}`);
    }
    yield* each(stack.ofType(BUDGET), (budget) => withinBudget(cost, budget));
  },
});

function* withinBudget(cost: MonthlyCost | undefined, budget: StackResource): Generator<Finding> {
  const { props, name } = budget;
  const limit = props.at("limitAmount").number();
  const isMonthly = props.at("timeUnit").string() === "MONTHLY" && props.at("budgetType").string() === "COST";
  if (isMonthly && limit !== undefined && props.at("limitUnit").string() === "USD") {
    yield* within(cost, limit, `the budget ${name} has ${usd(limit)}`, budget);
  }
}

function* within(
  cost: MonthlyCost | undefined,
  limit: number,
  allowed: string,
  on?: StackResource,
): Generator<Finding> {
  if (cost === undefined) {
    yield unpriced(`no prices: make prices reads AWS's; ${allowed}`, on);
  } else if (cost.most > limit) {
    yield found(
      `at the most ${usd(cost.most)} a month (${usd(cost.least)} at the least) by prices of ${datesText(cost.dates)}; ${allowed}`,
      on,
    );
  } else if (cost.unpriced.length > 0) {
    yield unpriced(`${usd(cost.most)} a month at the most and no price of ${cost.unpriced.join(", ")}; ${allowed}`, on);
  }
}
