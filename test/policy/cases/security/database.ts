import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { type Given, UNKNOWN } from "../../engine";
import { given, one } from "../../given";

const database = one(T.RDS_INSTANCE, { storageEncrypted: true, kmsKeyId: UNKNOWN, publiclyAccessible: false });
const parameterGroup = (value?: string): Given[] => [
  given(T.RDS_PARAMETER_GROUP, {
    family: "postgres17",
    parameters: value === undefined ? [] : [{ name: "rds.force_ssl", value }],
  }),
];

/** What the rules about databases and their proxies accept and refuse. */
export const databaseCases: CaseTable = {
  "rds-encrypted-cmk": {
    holds: [database(), database({ storageEncrypted: undefined, kmsKeyId: undefined, replicateSourceDb: UNKNOWN })],
    breaks: [
      [database({ storageEncrypted: false }), /storageEncrypted is false/],
      [database({ kmsKeyId: undefined }), /kmsKeyId is not set/],
    ],
  },
  "rds-not-public": {
    holds: [database(), database({ publiclyAccessible: undefined })],
    breaks: [[database({ publiclyAccessible: true }), /publiclyAccessible is true/]],
  },
  "rds-force-ssl": {
    holds: [parameterGroup("1"), [given(T.RDS_PARAMETER_GROUP, { family: "mysql8.4" })]],
    breaks: [
      [parameterGroup("0"), /rds.force_ssl is not 1/],
      [parameterGroup(), /rds.force_ssl is not set/],
    ],
  },
  "proxy-require-tls": {
    holds: [[given(T.RDS_PROXY, { requireTls: true })]],
    breaks: [[[given(T.RDS_PROXY)], /requireTls is not set/]],
  },
  "rds-iam-auth": {
    holds: [[given(T.RDS_INSTANCE, { iamDatabaseAuthenticationEnabled: true })]],
    breaks: [[[given(T.RDS_INSTANCE)], /iamDatabaseAuthenticationEnabled is not set/]],
  },
  "rds-ca": {
    holds: [[given(T.RDS_INSTANCE, { caCertIdentifier: "rds-ca-ecc384-g1" })]],
    breaks: [
      [[given(T.RDS_INSTANCE, { caCertIdentifier: "rds-ca-2019" })], /caCertIdentifier is "rds-ca-2019"/],
      [[given(T.RDS_INSTANCE)], /caCertIdentifier is not set/],
    ],
  },
  "rds-custom-admin": {
    holds: [
      [given(T.RDS_INSTANCE, { username: "orders_owner" })],
      [given(T.RDS_INSTANCE, { replicateSourceDb: UNKNOWN })],
    ],
    breaks: [
      [[given(T.RDS_INSTANCE, { username: "postgres" })], /username is "postgres"/],
      [[given(T.RDS_INSTANCE)], /username is not set/],
    ],
  },
};
