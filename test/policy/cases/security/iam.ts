import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { type Given, UNKNOWN } from "../../engine";
import { given } from "../../given";
import { policy, statement } from "../../policy-document";

const allowing = (...actions: string[]): Given[] => [
  given(T.IAM_ROLE_POLICY, { policy: policy(statement({ Sid: "Work", Action: actions, Resource: "*" })) }),
];
const stating = (facts: Record<string, unknown>): Given[] => [
  given(T.IAM_ROLE_POLICY, { policy: policy(statement(facts)) }),
];
const trusting = (principal: unknown, condition?: Record<string, unknown>): Given[] => [
  given(T.IAM_ROLE, {
    assumeRolePolicy: policy(statement({ Action: "sts:AssumeRole", Principal: principal, Condition: condition })),
  }),
];
const GITHUB = { Federated: "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com" };
const SUBJECT = "token.actions.githubusercontent.com:sub";
const key = (more: Record<string, unknown> = {}): Given[] => [
  given(T.KMS_KEY, {
    enableKeyRotation: true,
    policy: policy(statement({ Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "kms:*" })),
    ...more,
  }),
];

/** What the rules about roles and keys accept and refuse. */
export const iamCases: CaseTable = {
  "iam-no-star-action": {
    holds: [
      allowing("s3:Get*", "ecr:GetAuthorizationToken"),
      [given(T.IAM_ROLE_POLICY, { policy: policy({ Effect: "Deny", Action: "*" }) })],
      [given(T.IAM_ROLE, {})],
    ],
    breaks: [
      [allowing("s3:GetObject", "*"), /statement Work allows \*/],
      [allowing("secretsmanager:*"), /allows secretsmanager:\*/],
      [[given(T.IAM_POLICY, { policy: policy(statement({ NotAction: "iam:*" })) })], /everything but some actions/],
      [[given(T.IAM_ROLE, { inlinePolicies: [{ policy: policy(statement({ Action: "kms:*" })) }] })], /allows kms:\*/],
    ],
  },
  "iam-no-admin": {
    holds: [
      [given(T.IAM_POLICY_ATTACHMENT, { policyArn: "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy" })],
      [given(T.IAM_POLICY_ATTACHMENT, { policyArn: UNKNOWN })],
    ],
    breaks: [
      [
        [given(T.IAM_POLICY_ATTACHMENT, { policyArn: "arn:aws:iam::aws:policy/AdministratorAccess" })],
        /policyArn is ".*Admin/,
      ],
      [[given(T.IAM_ROLE, { managedPolicyArns: ["arn:aws:iam::aws:policy/IAMFullAccess"] })], /IAMFullAccess/],
    ],
  },
  "iam-trust-narrow": {
    holds: [
      trusting({ Service: "pods.eks.amazonaws.com" }),
      trusting(GITHUB, { StringLike: { [SUBJECT]: "repo:owner/name:*" } }),
    ],
    breaks: [
      [trusting("*"), /trusts everybody/],
      [trusting({ AWS: ["*"] }), /trusts everybody/],
      [trusting(GITHUB), /without a condition on sub/],
      [trusting(GITHUB, { StringLike: { [SUBJECT]: "*" } }), /without a condition on sub/],
      [
        trusting(GITHUB, { StringEquals: { "token.actions.githubusercontent.com:aud": "sts" } }),
        /without a condition on sub/,
      ],
    ],
  },
  "kms-rotation": {
    holds: [key(), key({ enableKeyRotation: undefined, customerMasterKeySpec: "RSA_2048" })],
    breaks: [
      [key({ enableKeyRotation: undefined }), /enableKeyRotation is not set/],
      [key({ isEnabled: false }), /isEnabled is false/],
    ],
  },
  "kms-no-wildcard-principal": {
    holds: [
      key(),
      key({ policy: undefined }),
      key({ policy: policy(statement({ Principal: "*", Condition: { StringEquals: { "kms:CallerAccount": "1" } } })) }),
    ],
    breaks: [
      [key({ policy: policy(statement({ Principal: { AWS: "*" }, Action: "kms:*" })) }), /allows everybody/],
      [[given(T.KMS_KEY_POLICY, { policy: policy(statement({ Principal: "*" })) })], /allows everybody/],
    ],
  },
  "iam-no-star-resource": {
    holds: [
      stating({ Action: ["ec2:DescribeInstances", "ecr:GetAuthorizationToken", "s3:ListAllMyBuckets"], Resource: "*" }),
      stating({ Action: "s3:DeleteObject", Resource: "arn:aws:s3:::logs/*" }),
      stating({ Action: "s3:DeleteObject", Resource: UNKNOWN }),
      stating({
        Action: "cloudwatch:PutMetricData",
        Resource: "*",
        Condition: { StringEquals: { "cloudwatch:namespace": "shop" } },
      }),
    ],
    breaks: [
      [
        stating({ Sid: "Work", Action: ["s3:ListBucket", "s3:DeleteObject"], Resource: [UNKNOWN, "*"] }),
        /statement Work allows s3:DeleteObject on every resource/,
      ],
      [stating({ Action: "secretsmanager:GetSecretValue", Resource: "*" }), /GetSecretValue on every resource/],
    ],
  },
};
