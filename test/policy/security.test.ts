import * as T from "../../policy/framework/types";
import { rules } from "../../policy/security/rules";
import { type Cases, testPack } from "./cases";
import { type Given, UNKNOWN } from "./engine";
import { given } from "./given";
import { pathCases } from "./path-cases";

const DIGEST = `registry.example/api@sha256:${"0123456789abcdef".repeat(4)}`;
const CHART_DIGEST = DIGEST.replace("/api@", "/chart@");

/** One resource of a type, with properties laid over a sound one. */
const one =
  (type: string, sound: Record<string, unknown>) =>
  (props: Record<string, unknown> = {}): Given[] => [given(type, { ...sound, ...props })];

const database = one(T.RDS_INSTANCE, { storageEncrypted: true, kmsKeyId: UNKNOWN, publiclyAccessible: false });
const parameterGroup = (value?: string): Given[] => [
  given(T.RDS_PARAMETER_GROUP, {
    family: "postgres17",
    parameters: value === undefined ? [] : [{ name: "rds.force_ssl", value }],
  }),
];
const cache = one(T.REPLICATION_GROUP, {
  transitEncryptionEnabled: true,
  atRestEncryptionEnabled: true,
  kmsKeyId: UNKNOWN,
  userGroupIds: [UNKNOWN],
});
const cluster = one(T.EKS_CLUSTER, {
  version: "1.35",
  upgradePolicy: { supportType: "STANDARD" },
  vpcConfig: { endpointPrivateAccess: true, endpointPublicAccess: false },
  encryptionConfig: { provider: { keyArn: UNKNOWN }, resources: ["secrets"] },
  enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
  accessConfig: { authenticationMode: "API" },
});
const network = (vpcConfig: Record<string, unknown>): Given[] =>
  cluster({ vpcConfig: { endpointPrivateAccess: true, ...vpcConfig } });
const template = one(T.LAUNCH_TEMPLATE, {
  metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 1 },
  blockDeviceMappings: [{ ebs: { encrypted: "true" } }],
});
const repository = one(T.ECR_REPOSITORY, {
  imageTagMutability: "IMMUTABLE",
  imageScanningConfiguration: { scanOnPush: true },
  encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: UNKNOWN }],
});

const VPC = given(T.VPC, {}, { name: "vpc" });
const inVpc = (type: string, props: Record<string, unknown> = {}): Given[] => [
  VPC,
  given(type, props, { refs: { vpcId: ["vpc"] } }),
];

const listener = one(T.LISTENERS[0], {
  protocol: "HTTPS",
  sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
  defaultActions: [{ type: "forward" }],
});
const http = (...defaultActions: Record<string, unknown>[]): Given[] => listener({ protocol: "HTTP", defaultActions });
const balancer = one(T.LOAD_BALANCERS[0], {
  dropInvalidHeaderFields: true,
  accessLogs: { enabled: true, bucket: UNKNOWN },
});
const webAcl = one(T.WEB_ACL, {
  rules: [{ action: { block: {} }, statement: { rateBasedStatement: { limit: 600 } } }],
});

/** A load balancer, its security group and one ingress rule in each of AWS's forms. */
const GROUP = given(T.SECURITY_GROUP, {}, { name: "front" });
const BALANCER = given(T.LOAD_BALANCERS[0], {}, { name: "balancer", refs: { securityGroups: ["front"] } });
const WEB = { fromPort: 443, toPort: 443, cidrIpv4: "0.0.0.0/0" };
const ingress = (props: Record<string, unknown>, type: string = T.INGRESS_RULE): Given =>
  given(type, props, { refs: { securityGroupId: ["front"] } });
const inline = (props: Record<string, unknown>): Given =>
  given(T.SECURITY_GROUP, { ingress: [props] }, { name: "front" });

const statement = (more: Record<string, unknown>) => ({ Effect: "Allow", ...more });
const policy = (...statements: Record<string, unknown>[]) => JSON.stringify({ Statement: statements });
const allowing = (...actions: string[]): Given[] => [
  given(T.IAM_ROLE_POLICY, { policy: policy(statement({ Sid: "Work", Action: actions, Resource: "*" })) }),
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

const SECRET = given(T.SECRET, { kmsKeyId: UNKNOWN }, { name: "password" });
const BUCKET = given(T.BUCKETS[0], {}, { name: "bucket" });
const forBucket = (type: string, props: Record<string, unknown>): Given[] => [
  BUCKET,
  given(type, props, { refs: { bucket: ["bucket"] } }),
];
const BLOCKED = { blockPublicAcls: true, blockPublicPolicy: true, ignorePublicAcls: true, restrictPublicBuckets: true };
const CLEAR_TEXT = {
  Effect: "Deny",
  Principal: "*",
  Action: "s3:*",
  Condition: { Bool: { "aws:SecureTransport": "false" } },
};

/** A bucket whose policy denies clear text to some resources. */
const named = (resource: unknown): Given[] => [
  given(T.BUCKETS[0], { bucket: "logs" }, { name: "bucket" }),
  given(T.BUCKET_POLICY, { policy: policy({ ...CLEAR_TEXT, Resource: resource }) }, { refs: { bucket: ["bucket"] } }),
];

const CONTEXT = {
  runAsNonRoot: true,
  runAsUser: 10001,
  seccompProfile: { type: "RuntimeDefault" },
  readOnlyRootFilesystem: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
};
const CONTAINER = { name: "api", image: DIGEST, securityContext: CONTEXT };
const POD = { serviceAccountName: "api", automountServiceAccountToken: false };
const pod = (container: Record<string, unknown> = {}, more: Record<string, unknown> = {}): Given[] => [
  given(T.DEPLOYMENT, {
    spec: { template: { spec: { ...POD, containers: [{ ...CONTAINER, ...container }], ...more } } },
  }),
];
/** The same pod spec in every kind of object that holds one. */
const everyKind = (spec: Record<string, unknown>): Given[] =>
  T.WORKLOADS.map((type) => {
    switch (type) {
      case T.POD:
        return given(type, { spec });
      case T.CRON_JOB:
        return given(type, { spec: { jobTemplate: { spec: { template: { spec } } } } });
      default:
        return given(type, { spec: { template: { spec } } });
    }
  });
const context = (changed: Record<string, unknown>) => pod({ securityContext: { ...CONTEXT, ...changed } });

const NAMESPACE = given(T.NAMESPACE, { metadata: { name: "shop" } }, { name: "shop-namespace" });
const WORKLOAD = given(T.DEPLOYMENT, { metadata: { namespace: "shop" } }, { name: "shop" });
const DENY = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };
const isolation = (spec: Record<string, unknown>, namespace = "shop"): Given =>
  given(T.NETWORK_POLICY, { metadata: { namespace }, spec });

const ANNOTATION = "alb.ingress.kubernetes.io/";
const ANNOTATIONS = {
  [`${ANNOTATION}scheme`]: "internet-facing",
  [`${ANNOTATION}certificate-arn`]: "arn:certificate",
  [`${ANNOTATION}wafv2-acl-arn`]: "arn:acl",
  [`${ANNOTATION}ssl-policy`]: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
  [`${ANNOTATION}load-balancer-attributes`]: "access_logs.s3.enabled=true,access_logs.s3.bucket=logs",
};
const ingressObject = (changed: Record<string, unknown> = {}): Given[] => [
  given(T.INGRESS, { metadata: { annotations: { ...ANNOTATIONS, ...changed } } }),
];
const exposed = (props: Record<string, unknown>): Given[] => [
  given(T.LOAD_BALANCERS[0], {}, { name: "balancer" }),
  given(T.LISTENERS[0], props, { refs: { loadBalancerArn: ["balancer"] } }),
];

const cases: Record<string, Cases> = {
  ...pathCases,
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
  "eks-private-endpoint": {
    holds: [cluster(), network({ endpointPublicAccess: true, publicAccessCidrs: ["203.0.113.0/24"] })],
    breaks: [
      [network({}), /public and publicAccessCidrs is not set/],
      [
        network({ endpointPublicAccess: true, publicAccessCidrs: ["0.0.0.0/0"] }),
        /publicAccessCidrs.0 is "0.0.0.0\/0"/,
      ],
      [network({ endpointPublicAccess: false, endpointPrivateAccess: false }), /endpointPrivateAccess is false/],
    ],
  },
  "eks-supported-version": {
    holds: [cluster(), cluster({ version: "1.34" })],
    breaks: [
      [cluster({ version: "1.33" }), /"1.33", whose standard support ended on 2026-07-29/],
      [cluster({ version: "1.13" }), /"1.13", which the calendar does not list/],
      [cluster({ version: undefined }), /version is not set/],
      [cluster({ upgradePolicy: { supportType: "EXTENDED" } }), /supportType is "EXTENDED"/],
    ],
  },
  "eks-secrets-cmk": {
    holds: [cluster()],
    breaks: [
      [cluster({ encryptionConfig: undefined }), /does not cover secrets/],
      [cluster({ encryptionConfig: { resources: ["secrets"] } }), /provider.keyArn is not set/],
    ],
  },
  "eks-all-logs": {
    holds: [cluster()],
    breaks: [
      [cluster({ enabledClusterLogTypes: ["api", "audit"] }), /lacks authenticator, controllerManager, scheduler/],
    ],
  },
  "eks-api-auth": {
    holds: [cluster()],
    breaks: [
      [cluster({ accessConfig: { authenticationMode: "API_AND_CONFIG_MAP" } }), /is "API_AND_CONFIG_MAP"/],
      [cluster({ accessConfig: undefined }), /authenticationMode is not set/],
    ],
  },
  "node-imdsv2": {
    holds: [template(), [given(T.NODE_GROUP, { launchTemplate: { id: UNKNOWN } })]],
    breaks: [
      [
        template({ metadataOptions: { httpTokens: "optional", httpPutResponseHopLimit: 1 } }),
        /httpTokens is "optional"/,
      ],
      [template({ metadataOptions: { httpTokens: "required", httpPutResponseHopLimit: 2 } }), /HopLimit is 2/],
      [template({ metadataOptions: undefined }), /httpTokens is not set/],
      [[given(T.EC2_INSTANCE)], /httpTokens is not set/],
      [[given(T.NODE_GROUP)], /launchTemplate is not set/],
    ],
  },
  "node-ebs-encrypted": {
    holds: [
      template(),
      template({ blockDeviceMappings: [{ ebs: { encrypted: true } }, { virtualName: "ephemeral0" }] }),
      [given(T.EC2_INSTANCE, { rootBlockDevice: { encrypted: true } })],
    ],
    breaks: [
      [template({ blockDeviceMappings: undefined }), /blockDeviceMappings is not set/],
      [template({ blockDeviceMappings: [{ ebs: { encrypted: "false" } }] }), /ebs.encrypted is "false"/],
      [[given(T.EC2_INSTANCE)], /rootBlockDevice.encrypted is not set/],
    ],
  },
  "ecr-immutable": {
    holds: [repository(), repository({ imageTagMutability: "IMMUTABLE_WITH_EXCLUSION" })],
    breaks: [
      [repository({ imageTagMutability: "MUTABLE" }), /imageTagMutability is "MUTABLE"/],
      [repository({ imageTagMutability: undefined }), /imageTagMutability is not set/],
    ],
  },
  "ecr-scan": {
    holds: [repository()],
    breaks: [[repository({ imageScanningConfiguration: { scanOnPush: false } }), /scanOnPush is false/]],
  },
  "ecr-cmk": {
    holds: [repository()],
    breaks: [
      [repository({ encryptionConfigurations: undefined }), /encryptionConfigurations is not set/],
      [repository({ encryptionConfigurations: [{ encryptionType: "AES256" }] }), /encryptionType is "AES256"/],
      [repository({ encryptionConfigurations: [{ encryptionType: "KMS" }] }), /kmsKey is not set/],
    ],
  },
  "net-flow-logs": {
    holds: [inVpc(T.FLOW_LOG)],
    breaks: [
      [[VPC], /no flow log refers to the VPC/],
      [[VPC, given(T.FLOW_LOG, {})], /no flow log refers to the VPC/],
    ],
  },
  "net-default-sg": {
    holds: [inVpc(T.DEFAULT_SECURITY_GROUP), inVpc(T.DEFAULT_SECURITY_GROUP, { ingress: [], egress: [] })],
    breaks: [
      [[VPC], /as AWS made it/],
      [inVpc(T.DEFAULT_SECURITY_GROUP, { egress: [{ protocol: "-1" }] }), /has egress rules/],
    ],
  },
  "net-no-auto-public-ip": {
    holds: [[given(T.SUBNET)], [given(T.SUBNET, { mapPublicIpOnLaunch: false })]],
    breaks: [[[given(T.SUBNET, { mapPublicIpOnLaunch: true })], /mapPublicIpOnLaunch is true/]],
  },
  "sg-no-world-ingress": {
    holds: [
      [GROUP, BALANCER, ingress(WEB)],
      [BALANCER, inline({ fromPort: 80, toPort: 80, cidrBlocks: ["0.0.0.0/0"], ipv6CidrBlocks: ["::/0"] })],
      [GROUP, ingress({ fromPort: 5432, toPort: 5432, cidrIpv4: "10.0.0.0/16" })],
      [GROUP, ingress({ type: "egress", fromPort: 0, toPort: 0, cidrBlocks: ["0.0.0.0/0"] }, T.SECURITY_GROUP_RULE)],
    ],
    breaks: [
      [[GROUP, ingress(WEB)], /ports 443 to 443 open to the internet, and not on a load balancer/],
      [[GROUP, BALANCER, ingress({ ...WEB, fromPort: 22, toPort: 22 })], /ports 22 to 22 open to the internet$/m],
      [[GROUP, BALANCER, ingress({ ...WEB, fromPort: 80 })], /ports 80 to 443 open/],
      [[GROUP, BALANCER, ingress({ ipProtocol: "-1", cidrIpv6: "::/0" })], /every port open/],
      [[inline({ fromPort: 5432, toPort: 5432, cidrBlocks: ["10.0.0.0/8", "0.0.0.0/0"] })], /ports 5432 to 5432/],
      [
        [
          GROUP,
          ingress({ type: "ingress", fromPort: 22, toPort: 22, cidrBlocks: ["0.0.0.0/0"] }, T.SECURITY_GROUP_RULE),
        ],
        /22/,
      ],
    ],
  },
  "sg-description": {
    holds: [[given(T.INGRESS_RULE, { description: "web" })], [given(T.SECURITY_GROUP, { description: "front" })]],
    breaks: [
      [[given(T.INGRESS_RULE)], /description is not set/],
      [[given(T.SECURITY_GROUP, { description: "" })], /description is not set/],
    ],
  },
  "lb-tls-policy": {
    holds: [listener(), listener({ sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06" }), http({ type: "redirect" })],
    breaks: [
      [listener({ sslPolicy: undefined }), /sslPolicy is not set/],
      [listener({ sslPolicy: "ELBSecurityPolicy-2016-08" }), /"ELBSecurityPolicy-2016-08"/],
      [listener({ sslPolicy: "ELBSecurityPolicy-TLS13-1-0-2021-06" }), /TLS13-1-0/],
      [listener({ sslPolicy: "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06" }), /Ext2/],
    ],
  },
  "lb-redirect": {
    holds: [listener(), http({ type: "redirect", redirect: { protocol: "HTTPS", statusCode: "HTTP_301" } })],
    breaks: [
      [http({ type: "forward" }), /type is "forward" on an HTTP listener/],
      [http({ type: "redirect", redirect: { protocol: "HTTP" } }), /"redirect" on an HTTP listener/],
    ],
  },
  "lb-drop-headers": {
    holds: [balancer(), balancer({ loadBalancerType: "network", dropInvalidHeaderFields: undefined })],
    breaks: [[balancer({ dropInvalidHeaderFields: undefined }), /dropInvalidHeaderFields is not set/]],
  },
  "lb-logs": {
    holds: [balancer()],
    breaks: [
      [balancer({ accessLogs: { enabled: false, bucket: "b" } }), /accessLogs.enabled is false/],
      [balancer({ accessLogs: { enabled: true } }), /accessLogs.bucket is not set/],
    ],
  },
  "waf-attached": {
    holds: [
      [...balancer(), given(T.WEB_ACL_ASSOCIATION, {}, { refs: { resourceArn: ["loadbalancer"] } })],
      balancer({ internal: true }),
      balancer({ loadBalancerType: "network" }),
    ],
    breaks: [[balancer(), /no web ACL is associated with it/]],
  },
  "waf-logging": {
    holds: [[...webAcl(), given(T.WEB_ACL_LOGGING, {}, { refs: { resourceArn: ["webacl"] } })]],
    breaks: [[webAcl(), /no logging configuration refers to it/]],
  },
  "waf-rate-limit": {
    holds: [webAcl()],
    breaks: [
      [webAcl({ rules: [] }), /no rate-based rule blocks/],
      [
        webAcl({ rules: [{ action: { count: {} }, statement: { rateBasedStatement: {} } }] }),
        /no rate-based rule blocks/,
      ],
    ],
  },
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
  "secret-cmk": {
    holds: [[SECRET]],
    breaks: [[[given(T.SECRET)], /kmsKeyId is not set/]],
  },
  "secret-rotation": {
    holds: [[SECRET, given(T.SECRET_ROTATION, {}, { refs: { secretId: ["password"] } })]],
    breaks: [[[SECRET], /no rotation refers to it/]],
  },
  "s3-block-public": {
    holds: [forBucket(T.BUCKET_PUBLIC_ACCESS_BLOCK, BLOCKED)],
    breaks: [
      [[BUCKET], /no public access block refers to it/],
      [forBucket(T.BUCKET_PUBLIC_ACCESS_BLOCK, { ...BLOCKED, blockPublicPolicy: false }), /blockPublicPolicy is false/],
    ],
  },
  "s3-tls-only": {
    holds: [
      forBucket(T.BUCKET_POLICY, { policy: policy(statement({ Action: "s3:PutObject" }), CLEAR_TEXT) }),
      named(["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]),
      named("arn:aws:s3:::logs*"),
      named("*"),
    ],
    breaks: [
      [named(["arn:aws:s3:::logs/*"]), /does not deny/],
      [named(["arn:aws:s3:::other", "arn:aws:s3:::other/*"]), /does not deny/],
      [
        forBucket(T.BUCKET_POLICY, { policy: policy({ ...CLEAR_TEXT, Principal: { Service: "s3.amazonaws.com" } }) }),
        /does not deny/,
      ],
      [[BUCKET], /does not deny requests without TLS/],
      [forBucket(T.BUCKET_POLICY, { policy: policy({ ...CLEAR_TEXT, Action: "s3:GetObject" }) }), /does not deny/],
      [forBucket(T.BUCKET_POLICY, { policy: policy({ ...CLEAR_TEXT, Effect: "Allow" }) }), /does not deny/],
    ],
  },
  "logs-cmk": {
    holds: [[given(T.LOG_GROUP, { kmsKeyId: UNKNOWN })]],
    breaks: [[[given(T.LOG_GROUP)], /kmsKeyId is not set/]],
  },
  "sns-encrypted": {
    holds: [[given(T.SNS_TOPIC, { kmsMasterKeyId: UNKNOWN })]],
    breaks: [[[given(T.SNS_TOPIC)], /kmsMasterKeyId is not set/]],
  },
  "k8s-digest": {
    holds: [pod(), everyKind({ containers: [CONTAINER], initContainers: [{ name: "init", image: CHART_DIGEST }] })],
    breaks: [
      [pod({ image: "registry.example/api:1.0.0" }), /container "api" runs registry.example\/api:1.0.0/],
      [pod({ image: `registry.example/api@sha256:${"a".repeat(63)}` }), /container "api" runs/],
      [pod({}, { initContainers: [{ name: "init", image: "busybox" }] }), /container "init" runs busybox/],
      [pod({}, { ephemeralContainers: [{ name: "debug", image: "busybox" }] }), /container "debug" runs busybox/],
      ...T.WORKLOADS.map(
        (type) =>
          [
            everyKind({ containers: [{ name: "api", image: "nginx" }] }).filter((resource) => resource.type === type),
            /container "api" runs nginx/,
          ] as const,
      ),
    ],
  },
  "k8s-security-context": {
    holds: [
      pod(),
      pod(
        {
          securityContext: {
            readOnlyRootFilesystem: true,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ["ALL"] },
          },
        },
        { securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: "RuntimeDefault" } } },
      ),
    ],
    breaks: [
      [context({ runAsNonRoot: false }), /container "api" may run as root/],
      [context({ runAsUser: 1000 }), /has no user of 10000 or more/],
      [context({ seccompProfile: undefined }), /has no seccomp profile/],
      [context({ readOnlyRootFilesystem: undefined }), /may write to its root disk/],
      [context({ allowPrivilegeEscalation: undefined }), /may gain privileges/],
      [context({ capabilities: { drop: ["NET_RAW"] } }), /keeps capabilities/],
      [context({ privileged: true }), /is privileged/],
      [context({ capabilities: { drop: ["ALL"], add: ["NET_ADMIN"] } }), /adds capabilities/],
      [pod({}, { initContainers: [{ name: "init" }] }), /container "init" may run as root/],
    ],
  },
  "k8s-sa": {
    holds: [pod(), pod({}, { serviceAccountName: UNKNOWN })],
    breaks: [
      [pod({}, { serviceAccountName: "default" }), /serviceAccountName is "default"/],
      [pod({}, { serviceAccountName: undefined }), /serviceAccountName is not set/],
      [pod({}, { automountServiceAccountToken: undefined }), /automountServiceAccountToken is not set/],
    ],
  },
  "k8s-no-env-secret": {
    holds: [
      pod({ env: [{ name: "DATABASE_SECRET_ARN", value: UNKNOWN }], envFrom: [{ configMapRef: {} }] }),
      pod({ env: [{ name: "NODE_NAME", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }] }),
    ],
    breaks: [
      [pod({ env: [{ name: "X", valueFrom: { secretKeyRef: { name: "s" } } }] }), /takes X from a Kubernetes secret/],
      [pod({ env: [{ name: "DATABASE_PASSWORD", value: UNKNOWN }] }), /given DATABASE_PASSWORD as plain text/],
      [pod({ envFrom: [{ secretRef: { name: "s" } }] }), /takes variables from a Kubernetes secret/],
    ],
  },
  "k8s-pss-labels": {
    holds: [[given(T.NAMESPACE, { metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } } })]],
    breaks: [
      [[NAMESPACE], /enforce is not set/],
      [
        [given(T.NAMESPACE, { metadata: { labels: { "pod-security.kubernetes.io/enforce": "baseline" } } })],
        /enforce is "baseline"/,
      ],
    ],
  },
  "k8s-network-policy": {
    holds: [
      [WORKLOAD, isolation(DENY)],
      [NAMESPACE, WORKLOAD, given(T.NETWORK_POLICY, { spec: DENY }, { refs: { metadata: ["shop-namespace"] } })],
    ],
    breaks: [
      [[WORKLOAD], /namespace shop has no policy that denies by default/],
      [[WORKLOAD, isolation(DENY, "other")], /namespace shop/],
      [[WORKLOAD, isolation({ ...DENY, policyTypes: ["Ingress"] })], /namespace shop/],
      [[WORKLOAD, isolation({ ...DENY, podSelector: { matchLabels: { app: "x" } } })], /namespace shop/],
      [[WORKLOAD, isolation({ ...DENY, ingress: [{}] })], /namespace shop/],
      [[given(T.DEPLOYMENT)], /namespace default/],
      [[WORKLOAD, isolation(DENY), isolation({ egress: [{}] })], /spec.egress.0 allows everything/],
      [[WORKLOAD, isolation({ egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }] })], /allows everything/],
      [[WORKLOAD, isolation({ ingress: [{ from: [] }] })], /spec.ingress.0 allows everything/],
    ],
  },
  exposure: {
    holds: [
      exposed({ protocol: "HTTPS", certificateArn: UNKNOWN }),
      balancer({ internal: true }),
      ingressObject(),
      ingressObject({ [`${ANNOTATION}scheme`]: "internal", [`${ANNOTATION}certificate-arn`]: undefined }),
    ],
    breaks: [
      [exposed({ protocol: "HTTP" }), /no HTTPS listener with a certificate/],
      [exposed({ protocol: "HTTPS" }), /no HTTPS listener with a certificate/],
      [ingressObject({ [`${ANNOTATION}certificate-arn`]: undefined }), /without a certificate/],
      [ingressObject({ [`${ANNOTATION}wafv2-acl-arn`]: undefined }), /without a web ACL/],
      [ingressObject({ [`${ANNOTATION}ssl-policy`]: "ELBSecurityPolicy-2016-08" }), /without a TLS policy/],
      [
        ingressObject({ [`${ANNOTATION}load-balancer-attributes`]: "idle_timeout.timeout_seconds=60" }),
        /without access logs/,
      ],
    ],
  },
};

testPack("pynomaly-security", rules, cases);
