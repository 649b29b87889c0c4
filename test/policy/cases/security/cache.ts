import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { UNKNOWN } from "../../engine";
import { given, one } from "../../given";

const cache = one(T.REPLICATION_GROUP, {
  transitEncryptionEnabled: true,
  atRestEncryptionEnabled: true,
  kmsKeyId: UNKNOWN,
  userGroupIds: [UNKNOWN],
});

/** What the rules about caches accept and refuse. */
export const cacheCases: CaseTable = {
  "cache-tls": {
    holds: [cache(), cache({ transitEncryptionMode: "required" })],
    breaks: [
      [cache({ transitEncryptionEnabled: false }), /transitEncryptionEnabled is false/],
      [cache({ transitEncryptionMode: "preferred" }), /transitEncryptionMode is "preferred"/],
    ],
  },
  "cache-at-rest-cmk": {
    holds: [cache()],
    breaks: [
      [cache({ atRestEncryptionEnabled: undefined }), /atRestEncryptionEnabled is not set/],
      [cache({ kmsKeyId: undefined }), /kmsKeyId is not set/],
    ],
  },
  "cache-auth": {
    holds: [cache(), cache({ userGroupIds: undefined, authToken: UNKNOWN })],
    breaks: [[cache({ userGroupIds: undefined }), /neither userGroupIds nor authToken/]],
  },
  "cache-subnet-group": {
    holds: [
      [given(T.REPLICATION_GROUP, { subnetGroupName: UNKNOWN })],
      [given(T.REPLICATION_GROUP, { subnetGroupName: "data" })],
    ],
    breaks: [
      [[given(T.REPLICATION_GROUP, { subnetGroupName: "default" })], /subnetGroupName is "default"/],
      [[given(T.REPLICATION_GROUP)], /subnetGroupName is not set/],
    ],
  },
};
