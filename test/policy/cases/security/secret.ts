import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { type Given, UNKNOWN } from "../../engine";
import { change, edit, given, without } from "../../given";

const SECRET = given(T.SECRET, { kmsKeyId: UNKNOWN }, { name: "password" });

const statement = (more: Record<string, unknown> = {}) => ({
  Statement: [{ Effect: "Allow", Action: "secretsmanager:GetSecretValue", Resource: [UNKNOWN], ...more }],
});

/** A pod that is told of a secret by a ConfigMap, and may read it. */
function reader(): Given[] {
  return [
    given(T.KMS_KEY, {}, { name: "key" }),
    given(T.SECRET, {}, { name: "password", refs: { kmsKeyId: ["key"] } }),
    given(T.SECRET, {}, { name: "other", refs: { kmsKeyId: ["key"] } }),
    given(T.CONFIG_MAP, {}, { name: "settings", refs: { data: ["password"] } }),
    given(
      T.DEPLOYMENT,
      { metadata: { namespace: "shop" }, spec: { template: { spec: { serviceAccountName: "shop" } } } },
      { name: "shop", refs: { spec: ["settings"] } },
    ),
    given(T.IAM_ROLE, {}, { name: "role" }),
    given(
      T.POD_IDENTITY,
      { namespace: "shop", serviceAccount: "shop" },
      { name: "identity", refs: { roleArn: ["role"] } },
    ),
    given(
      T.IAM_ROLE_POLICY,
      { policy: statement() },
      { name: "policy", refs: { role: ["role"], policy: ["password", "key"] } },
    ),
  ];
}
const about = (...names: string[]): Given[] => change(reader(), "policy", { refs: { role: ["role"], policy: names } });
const attached: Given[] = [
  ...without(reader(), "policy"),
  given(T.IAM_POLICY, { policy: statement() }, { name: "shared", refs: { policy: ["password", "key"] } }),
  given(T.IAM_POLICY_ATTACHMENT, { policyArn: UNKNOWN }, { refs: { role: ["role"], policyArn: ["shared"] } }),
];

/** What the rules about secrets and the ways to them accept and refuse. */
export const secretCases: CaseTable = {
  "secret-cmk": {
    holds: [[SECRET]],
    breaks: [[[given(T.SECRET)], /kmsKeyId is not set/]],
  },
  "secret-rotation": {
    holds: [[SECRET, given(T.SECRET_ROTATION, {}, { refs: { secretId: ["password"] } })]],
    breaks: [[[SECRET], /no rotation refers to it/]],
  },
  "secret-path": {
    holds: [
      reader(),
      attached,
      [given(T.DEPLOYMENT, { metadata: { namespace: "shop" } })],
      edit(reader(), "policy", "policy", statement({ Resource: "arn:aws:secretsmanager:us-east-1:1:secret:p-??????" })),
      edit(
        reader(),
        "policy",
        "policy",
        JSON.stringify(statement({ Resource: "arn:aws:secretsmanager:us-east-1:1:secret:p-Ab12Cd" })),
      ),
    ],
    breaks: [
      [edit(reader(), "policy", "policy", statement({ Resource: "*" })), /allows secretsmanager:GetSecretValue on \*/],
      [
        edit(
          reader(),
          "policy",
          "policy",
          statement({ Resource: [UNKNOWN, "arn:aws:secretsmanager:us-east-1:1:secret:prod/*"] }),
        ),
        /on arn:.*prod\/\*/,
      ],
      [edit(reader(), "policy", "policy", statement({ Action: "secretsmanager:Get*", Resource: "*" })), /on \*/],
      [without(reader(), "identity"), /told of password and its service account has no role/],
      [edit(reader(), "identity", "serviceAccount", "default"), /has no role by Pod Identity/],
      [edit(reader(), "identity", "namespace", "default"), /has no role by Pod Identity/],
      [without(reader(), "policy"), /its role role may read none of password/],
      [
        edit(reader(), "policy", "policy", statement({ Action: "secretsmanager:DescribeSecret" })),
        /may read none of password/,
      ],
      [about("password", "other", "key"), /may read other, of which it is not told/],
      [about("password"), /may read password and may not decrypt it with key/],
    ],
  },
};
