import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** What the budget needs to know. */
export interface BudgetArgs {
  readonly accountId: string;
  /** US dollars that the stack may cost in a calendar month. */
  readonly monthlyUsd: number;
  /** Tags by which the stack's costs are known: all of them must be on a resource. */
  readonly tags: Readonly<Record<string, string>>;
  /** Who is told. The topic's policy and its key's must admit AWS Budgets. */
  readonly topicArn: pulumi.Input<string>;
}

/** Share of the budget, in %, from which people are told: the forecast comes first, and leaves time to act. */
const NOTIFY_AT_PERCENT = 100;

/**
 * The stack's monthly budget. AWS knows costs by tags only once these are activated as cost allocation tags, in the
 * account that pays; until then the budget sees nothing. A first forecast needs about five weeks of costs.
 */
export function monthlyBudget(name: string, args: BudgetArgs, opts: pulumi.CustomResourceOptions): aws.budgets.Budget {
  return new aws.budgets.Budget(
    name,
    {
      name: `${pulumi.getProject()}-${pulumi.getStack()}`,
      accountId: args.accountId,
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: String(args.monthlyUsd),
      limitUnit: "USD",
      metrics: "UnblendedCost",
      filterExpression: {
        ands: Object.entries(args.tags).map(([key, value]) => ({ tags: { key, values: [value] } })),
      },
      notifications: ["FORECASTED", "ACTUAL"].map((notificationType) => ({
        notificationType,
        comparisonOperator: "GREATER_THAN",
        threshold: NOTIFY_AT_PERCENT,
        thresholdType: "PERCENTAGE",
        subscriberSnsTopicArns: [args.topicArn],
      })),
    },
    opts,
  );
}
