import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { type Given, UNKNOWN } from "../../engine";
import { given } from "../../given";

const provider = (tags: Record<string, string>): Given[] => [
  given(T.AWS_PROVIDER, { defaultTags: JSON.stringify({ tags }) }),
];
const TAGS = { Project: "p", Environment: "e", Owner: "o", CostCenter: "c" };

const nodes = (minSize: number, maxSize: number): Given =>
  given(
    T.NODE_GROUP,
    { instanceTypes: ["c7i.2xlarge"], scalingConfig: { minSize, maxSize } },
    { refs: { launchTemplate: ["disks"] } },
  );
const disks = given(
  T.LAUNCH_TEMPLATE,
  { blockDeviceMappings: [{ ebs: { volumeSize: 0, volumeType: "gp3" } }] },
  { name: "disks" },
);
const budget = (limitAmount: string, more: Record<string, unknown> = {}): Given =>
  given(
    T.BUDGET,
    { budgetType: "COST", timeUnit: "MONTHLY", limitUnit: "USD", limitAmount, ...more },
    { name: "orders-budget" },
  );

/** What the rules about every resource of a stack accept and refuse. */
export const stackCases: CaseTable = {
  "prod-protect": {
    holds: [
      [given(T.RDS_INSTANCE, {}, { protect: true })],
      [given(T.RDS_INSTANCE, { replicateSourceDb: UNKNOWN })],
      [given(T.KMS_KEY, {}, { protect: true })],
    ],
    breaks: [
      [[given(T.RDS_INSTANCE)], /protect is not set/],
      [[given(T.REPLICATION_GROUP)], /protect is not set/],
      [[given(T.KMS_KEY)], /protect is not set/],
    ],
  },
  "tags-required": {
    holds: [provider(TAGS)],
    breaks: [
      [provider({ ...TAGS, Owner: "" }), /defaultTags lack Owner/],
      [[given(T.AWS_PROVIDER)], /defaultTags lack Project/],
    ],
  },
  "cost-cap": {
    holds: [
      [nodes(10, 20), disks, budget("3650")],
      [nodes(10, 20), disks],
      [nodes(10, 20), disks, budget("1", { timeUnit: "DAILY" })],
      [nodes(10, 20), disks, budget("1", { budgetType: "USAGE", limitUnit: "GB" })],
    ],
    breaks: [
      [[nodes(10, 20), disks, budget("3000")], /at the most 3,650\.00 USD a month .* has 3,000\.00 USD/],
      [[nodes(0, 1), budget("0.5")], /at the most 182\.50 USD a month \(0\.00 USD at the least\)/],
      [[given(T.NAT_GATEWAY), given(T.CANARY), budget("36.49")], /at the most 36\.50 USD/],
    ],
  },
  "s3-lifecycle": {
    holds: T.BUCKET_LIFECYCLE.map((type) => [
      given(T.BUCKETS[0], {}, { name: "logs" }),
      given(type, {}, { refs: { bucket: ["logs"] } }),
    ]),
    breaks: [
      [[given(T.BUCKETS[0])], /no lifecycle configuration refers to it/],
      [[given(T.BUCKETS[1]), given(T.BUCKET_LIFECYCLE[0])], /no lifecycle configuration refers to it/],
    ],
  },
  "ecr-lifecycle": {
    holds: [
      [given(T.ECR_REPOSITORY, {}, { name: "shop" }), given(T.ECR_LIFECYCLE, {}, { refs: { repository: ["shop"] } })],
    ],
    breaks: [[[given(T.ECR_REPOSITORY), given(T.ECR_LIFECYCLE)], /no lifecycle policy refers to it/]],
  },
  "budget-notifies": {
    holds: [
      [budget("1", { notifications: [{}, { subscriberSnsTopicArns: [UNKNOWN] }] })],
      [budget("1", { notifications: [{ subscriberEmailAddresses: ["owner@shop.example"] }] })],
    ],
    breaks: [
      [[budget("1")], /no notification has a subscriber/],
      [[budget("1", { notifications: [{ subscriberSnsTopicArns: [] }] })], /no notification has a subscriber/],
    ],
  },
};
