import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { type Given, UNKNOWN } from "../../engine";
import { given } from "../../given";

const provider = (tags: Record<string, string>): Given[] => [
  given(T.AWS_PROVIDER, { defaultTags: JSON.stringify({ tags }) }),
];
const TAGS = { Project: "p", Environment: "e", Owner: "o", CostCenter: "c" };

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
};
