import * as T from "../../../policy/framework/types";
import type { packs } from "../../../policy/packs";
import { drop, type Edit, refer, remove, replace, set } from "./edits";

const POD = "spec.template.spec";
const CONTAINER = `${POD}.containers.0`;
const CONTEXT = `${CONTAINER}.securityContext`;
const GROUP = T.SECURITY_GROUP;
const EVERYBODY = JSON.stringify({ Sid: "Open", Effect: "Allow", Principal: "*", Action: "sts:AssumeRole" });
const WILDCARD_ACTION = "s3:*";

/** Faults of the stack that rules about security must see, by rule. */
export const securityEdits: Readonly<Record<(typeof packs)[1]["rules"][number]["id"], readonly Edit[]>> = {
  "rds-encrypted-cmk": [
    ...set(T.RDS_INSTANCE, "storageEncrypted", [false, undefined], /writer/),
    ...drop(T.RDS_INSTANCE, ["kmsKeyId"], /writer/),
  ],
  "rds-not-public": set(T.RDS_INSTANCE, "publiclyAccessible", [true]),
  "rds-force-ssl": set(T.RDS_PARAMETER_GROUP, "parameters[name=rds.force_ssl].value", ["0"]),
  "proxy-require-tls": set(T.RDS_PROXY, "requireTls", [false, undefined]),
  "cache-tls": [
    ...set(T.REPLICATION_GROUP, "transitEncryptionEnabled", [false, undefined]),
    ...set(T.REPLICATION_GROUP, "transitEncryptionMode", ["preferred"]),
  ],
  "cache-at-rest-cmk": [
    ...set(T.REPLICATION_GROUP, "atRestEncryptionEnabled", [false, undefined]),
    ...drop(T.REPLICATION_GROUP, ["kmsKeyId"]),
  ],
  "cache-auth": drop(T.REPLICATION_GROUP, ["userGroupIds"]),
  "eks-private-endpoint": [
    ...set(T.EKS_CLUSTER, "vpcConfig.endpointPublicAccess", [true, undefined]),
    ...set(T.EKS_CLUSTER, "vpcConfig.endpointPrivateAccess", [false, undefined]),
  ],
  "eks-supported-version": [
    ...set(T.EKS_CLUSTER, "version", ["1.33", "1.28", undefined]),
    ...set(T.EKS_CLUSTER, "upgradePolicy.supportType", ["EXTENDED"]),
  ],
  "eks-secrets-cmk": [
    ...drop(T.EKS_CLUSTER, ["encryptionConfig", "encryptionConfig.provider.keyArn"]),
    ...set(T.EKS_CLUSTER, "encryptionConfig.resources", [[]]),
  ],
  "eks-all-logs": set(T.EKS_CLUSTER, "enabledClusterLogTypes", [["api", "audit"], [], undefined]),
  "eks-api-auth": set(T.EKS_CLUSTER, "accessConfig.authenticationMode", [
    "API_AND_CONFIG_MAP",
    "CONFIG_MAP",
    undefined,
  ]),
  "node-imdsv2": [
    ...set(T.LAUNCH_TEMPLATE, "metadataOptions.httpTokens", ["optional", undefined]),
    ...set(T.LAUNCH_TEMPLATE, "metadataOptions.httpPutResponseHopLimit", [2]),
    ...drop(T.NODE_GROUP, ["launchTemplate"]),
  ],
  "node-ebs-encrypted": [
    ...set(T.LAUNCH_TEMPLATE, "blockDeviceMappings.0.ebs.encrypted", ["false", undefined]),
    ...drop(T.LAUNCH_TEMPLATE, ["blockDeviceMappings"]),
  ],
  "ecr-immutable": set(T.ECR_REPOSITORY, "imageTagMutability", ["MUTABLE", undefined]),
  "ecr-scan": set(T.ECR_REPOSITORY, "imageScanningConfiguration.scanOnPush", [false, undefined]),
  "ecr-cmk": [
    ...set(T.ECR_REPOSITORY, "encryptionConfigurations.0.encryptionType", ["AES256"]),
    ...drop(T.ECR_REPOSITORY, ["encryptionConfigurations", "encryptionConfigurations.0.kmsKey"]),
  ],
  "net-flow-logs": [...remove(T.FLOW_LOG), ...refer(T.FLOW_LOG, "vpcId", [])],
  "net-default-sg": [
    ...remove(T.DEFAULT_SECURITY_GROUP),
    ...set(T.DEFAULT_SECURITY_GROUP, "ingress", [[{ protocol: "-1", self: true }]]),
    ...set(T.DEFAULT_SECURITY_GROUP, "egress", [[{ protocol: "-1", cidrBlocks: ["0.0.0.0/0"] }]]),
  ],
  "net-no-auto-public-ip": set(T.SUBNET, "mapPublicIpOnLaunch", [true]),
  "sg-no-world-ingress": [
    ...set(T.INGRESS_RULE, "cidrIpv4", ["0.0.0.0/0"], /^(?!edge-lb-in)/),
    ...set(T.INGRESS_RULE, "cidrIpv6", ["::/0"], /cache|database/),
    ...set(T.INGRESS_RULE, "fromPort", [0], /edge-lb-in-/),
    ...refer(T.INGRESS_RULE, "securityGroupId", [`${GROUP}::cluster-nodes`], /edge-lb-in-443/),
  ],
  "sg-description": drop([GROUP, T.INGRESS_RULE, T.EGRESS_RULE], ["description"]),
  "security-group-path": [
    ...set(T.INGRESS_RULE, "cidrIpv4", ["10.0.0.0/16", "10.0.224.0/23"], /^(cache|database-\w+)-from/),
    ...refer(T.INGRESS_RULE, "referencedSecurityGroupId", [`${GROUP}::edge-lb-sg`], /^(cache|database-\w+)-from/),
    ...refer(
      T.INGRESS_RULE,
      "referencedSecurityGroupId",
      [`${GROUP}::network-endpoints`],
      /^(cache|database-\w+)-from/,
    ),
    ...set(T.INGRESS_RULE, "toPort", [5431], /^(cache|database-(instances|proxy))-from-(nodes|proxy)/),
    ...set(T.INGRESS_RULE, "ipProtocol", ["udp"], /^(cache|database-(instances|proxy))-from-(nodes|proxy)/),
    ...remove(T.INGRESS_RULE, /^(cache|database-(instances|proxy))-from-(nodes|proxy)/),
    ...remove(T.EGRESS_RULE, /to-postgresql|to-redis|proxy-to-instances/),
    ...set(T.REPLICATION_GROUP, "port", [6380]),
    ...set(T.RDS_INSTANCE, "port", [5433], /writer/),
  ],
  "lb-tls-policy": set(T.LISTENERS, "sslPolicy", ["ELBSecurityPolicy-2016-08", undefined], /https/),
  "lb-redirect": [
    ...set(T.LISTENERS, "defaultActions.0.type", ["forward"], /http$/),
    ...set(T.LISTENERS, "defaultActions.0.redirect.protocol", ["HTTP"], /http$/),
  ],
  "lb-drop-headers": set(T.LOAD_BALANCERS, "dropInvalidHeaderFields", [false, undefined]),
  "lb-logs": [...set(T.LOAD_BALANCERS, "accessLogs.enabled", [false]), ...drop(T.LOAD_BALANCERS, ["accessLogs"])],
  "waf-attached": [...remove(T.WEB_ACL_ASSOCIATION), ...refer(T.WEB_ACL_ASSOCIATION, "resourceArn", [])],
  "waf-logging": [...remove(T.WEB_ACL_LOGGING), ...refer(T.WEB_ACL_LOGGING, "resourceArn", [])],
  "waf-rate-limit": [
    ...set(T.WEB_ACL, "rules", [[], undefined]),
    ...replace(T.WEB_ACL, "rules", /"limit":600\b/, '"limit":60000'),
  ],
  "iam-no-star-action": [
    ...set(T.IAM_ROLE_POLICY, "policy", [
      JSON.stringify({ Statement: [{ Effect: "Allow", Action: WILDCARD_ACTION, Resource: "*" }] }),
      { Statement: [{ Effect: "Allow", Action: ["ecr:GetAuthorizationToken", "*"], Resource: "*" }] },
      { Statement: { Effect: "Allow", NotAction: "iam:*", Resource: "*" } },
    ]),
  ],
  "iam-no-admin": set(T.IAM_POLICY_ATTACHMENT, "policyArn", [
    "arn:aws:iam::aws:policy/AdministratorAccess",
    "arn:aws:iam::aws:policy/IAMFullAccess",
  ]),
  "iam-trust-narrow": replace(T.IAM_ROLE, "assumeRolePolicy", /"Statement":\[/, `"Statement":[${EVERYBODY},`),
  "kms-rotation": set(T.KMS_KEY, "enableKeyRotation", [false, undefined]),
  "kms-no-wildcard-principal": replace(T.KMS_KEY, "policy", /"Principal":\{"AWS":"[^"]*"\}/, '"Principal":"*"'),
  "secret-cmk": drop(T.SECRET, ["kmsKeyId"]),
  "secret-rotation": remove(T.SECRET_ROTATION),
  "secret-path": [
    ...set(
      T.IAM_ROLE_POLICY,
      "policy.Statement.0.Resource",
      ["*", ["arn:aws:secretsmanager:*:*:secret:*"]],
      /^api-(\w+-)?identity-policy|database-proxy/,
    ),
    ...set(
      T.IAM_ROLE_POLICY,
      "policy.Statement.0.Action",
      ["secretsmanager:DescribeSecret"],
      /^api-(\w+-)?identity-policy/,
    ),
    ...remove(T.POD_IDENTITY, /^api-/),
    ...remove(T.IAM_ROLE_POLICY, /^api-(\w+-)?identity-policy/),
    ...set(T.POD_IDENTITY, "serviceAccount", ["default"], /^api-/),
    ...set(T.POD_IDENTITY, "namespace", ["default"], /^api-/),
    ...set(T.DEPLOYMENT, `${POD}.serviceAccountName`, ["default"], /^api-/),
    ...refer(T.IAM_ROLE_POLICY, "policy", [`${T.SECRET}::database-app`], /^api-(\w+-)?identity-policy/),
    ...refer(T.IAM_ROLE_POLICY, "policy", [`${T.KMS_KEY}::keys-data`], /^api-(\w+-)?identity-policy/),
    // Its own and another's, of which only the migration is told.
    ...["app", "readonly", "maintenance"].flatMap((own) =>
      refer(
        T.IAM_ROLE_POLICY,
        "policy",
        [`${T.SECRET}::database-${own}`, `${T.SECRET}::database-owner`, `${T.KMS_KEY}::keys-data`],
        own === "app" ? /^api-identity-policy/ : new RegExp(`^api-${own}-identity-policy`),
      ),
    ),
  ],
  "s3-block-public": [
    ...remove(T.BUCKET_PUBLIC_ACCESS_BLOCK),
    ...["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].flatMap((name) =>
      set(T.BUCKET_PUBLIC_ACCESS_BLOCK, name, [false]),
    ),
  ],
  "s3-tls-only": [
    ...remove(T.BUCKET_POLICY),
    ...replace(T.BUCKET_POLICY, "policy", /"aws:SecureTransport":"false"/, '"aws:SecureTransport":"true"'),
    ...replace(T.BUCKET_POLICY, "policy", /"Effect":"Deny"/, '"Effect":"Allow"'),
    ...replace(T.BUCKET_POLICY, "policy", /"Principal":"\*"/, '"Principal":{"AWS":"arn:aws:iam::123456789012:root"}'),
    ...replace(T.BUCKET_POLICY, "policy", /"Resource":\[[^\]]*\]/, '"Resource":"arn:aws:s3:::other/*"'),
  ],
  "logs-cmk": drop(T.LOG_GROUP, ["kmsKeyId"]),
  "sns-encrypted": drop(T.SNS_TOPIC, ["kmsMasterKeyId"]),
  "k8s-digest": set(T.WORKLOADS, `${CONTAINER}.image`, [
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/pynomaly:1.0.0",
    "123456789012.dkr.ecr.us-east-1.amazonaws.com/pynomaly",
  ]),
  "image-from-own-repository": set(T.WORKLOADS, `${CONTAINER}.image`, [
    `pynomaly/api@sha256:${"0".repeat(64)}`,
    `public.ecr.aws/pynomaly/api@sha256:${"0".repeat(64)}`,
  ]),
  "k8s-security-context": [
    ...drop(T.WORKLOADS, [CONTEXT, `${POD}.securityContext.seccompProfile`]),
    ...set(T.WORKLOADS, `${CONTEXT}.runAsNonRoot`, [false]),
    ...set(T.WORKLOADS, `${CONTEXT}.runAsUser`, [0, 1000]),
    ...set(T.WORKLOADS, `${CONTEXT}.readOnlyRootFilesystem`, [false, undefined]),
    ...set(T.WORKLOADS, `${CONTEXT}.allowPrivilegeEscalation`, [true, undefined]),
    ...set(T.WORKLOADS, `${CONTEXT}.capabilities.drop`, [["NET_RAW"], undefined]),
    ...set(T.WORKLOADS, `${CONTEXT}.capabilities.add`, [["SYS_ADMIN"]]),
    ...set(T.WORKLOADS, `${CONTEXT}.privileged`, [true]),
    ...set(T.WORKLOADS, `${POD}.initContainers`, [[{ name: "init", image: "busybox" }]]),
  ],
  "k8s-no-host-ns": [
    ...["hostNetwork", "hostPID", "hostIPC"].flatMap((name) => set(T.WORKLOADS, `${POD}.${name}`, [true])),
    ...set(T.WORKLOADS, `${POD}.volumes`, [[{ name: "node", hostPath: { path: "/" } }]]),
  ],
  "k8s-sa": [
    ...set(T.WORKLOADS, `${POD}.serviceAccountName`, ["default", undefined]),
    ...set(T.WORKLOADS, `${POD}.automountServiceAccountToken`, [true, undefined]),
  ],
  "k8s-no-env-secret": [
    ...set(T.WORKLOADS, `${CONTAINER}.env`, [
      [{ name: "DATABASE_PASSWORD", value: "x" }],
      [{ name: "X", valueFrom: { secretKeyRef: { name: "database", key: "password" } } }],
    ]),
    ...set(T.WORKLOADS, `${CONTAINER}.envFrom`, [[{ secretRef: { name: "database" } }]]),
  ],
  "k8s-pss-labels": set(T.NAMESPACE, "metadata.labels[pod-security.kubernetes.io/enforce]", ["baseline", undefined]),
  "k8s-network-policy": [
    ...remove(T.NETWORK_POLICY, /default-deny/),
    ...set(T.NETWORK_POLICY, "spec.policyTypes", [["Ingress"], ["Egress"]], /default-deny/),
    ...set(T.NETWORK_POLICY, "spec.podSelector", [{ matchLabels: { app: "other" } }], /default-deny/),
    ...set(T.NETWORK_POLICY, "spec.egress", [[{}]], /default-deny/),
    ...set(T.NETWORK_POLICY, "metadata.namespace", ["default"], /default-deny/),
    ...set(
      T.NETWORK_POLICY,
      "spec.egress",
      [[{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }], [{}]],
      /allow-(aws|cache|database|dns)/,
    ),
  ],
  exposure: [
    ...remove(T.LISTENERS, /https/),
    ...drop(T.LISTENERS, ["certificateArn"], /https/),
    ...set(T.LISTENERS, "protocol", ["HTTP"], /https/),
  ],
  "rds-iam-auth": set(T.RDS_INSTANCE, "iamDatabaseAuthenticationEnabled", [false, undefined]),
  "rds-ca": set(T.RDS_INSTANCE, "caCertIdentifier", ["rds-ca-2019", undefined]),
  "rds-custom-admin": set(T.RDS_INSTANCE, "username", ["postgres", "admin", undefined], /writer/),
  "cache-subnet-group": set(T.REPLICATION_GROUP, "subnetGroupName", ["default", undefined]),
  "node-no-public-ip": set(T.LAUNCH_TEMPLATE, "networkInterfaces", [[{ associatePublicIpAddress: "true" }]]),
  "node-no-ssh": [
    ...set(T.LAUNCH_TEMPLATE, "keyName", ["ops"]),
    ...set(T.NODE_GROUP, "remoteAccess", [{ ec2SshKey: "ops" }]),
  ],
  "sg-no-all-egress": [
    ...set(T.EGRESS_RULE, "ipProtocol", ["-1"], /nodes-to-https/),
    ...set(GROUP, "egress", [[{ protocol: "-1", cidrBlocks: ["0.0.0.0/0"] }]]),
  ],
  "net-endpoints": [
    ...remove(T.VPC_ENDPOINT, /ecr-api|ecr-dkr|s3/),
    ...refer(T.VPC_ENDPOINT, "vpcId", [], /ecr-api|ecr-dkr|s3/),
  ],
  "lb-desync": set(T.LOAD_BALANCERS, "desyncMitigationMode", ["monitor"]),
  "waf-metrics": [
    ...set(T.WEB_ACL, "visibilityConfig.cloudwatchMetricsEnabled", [false, undefined]),
    ...set(T.WEB_ACL, "rules.0.visibilityConfig.cloudwatchMetricsEnabled", [false]),
  ],
  "waf-known-bad-inputs": [
    ...replace(T.WEB_ACL, "rules", /AWSManagedRulesKnownBadInputsRuleSet/, "AWSManagedRulesLinuxRuleSet"),
    ...set(T.WEB_ACL, "rules", [[], undefined]),
  ],
  "iam-no-star-resource": set(T.IAM_ROLE_POLICY, "policy", [
    JSON.stringify({ Statement: [{ Effect: "Allow", Action: "s3:DeleteObject", Resource: "*" }] }),
    { Statement: { Effect: "Allow", Action: ["s3:ListBucket", "secretsmanager:GetSecretValue"], Resource: ["*"] } },
  ]),
  "s3-encrypt": [...remove(T.BUCKET_ENCRYPTION), ...refer(T.BUCKET_ENCRYPTION, "bucket", [])],
  "canary-encrypted": [
    ...drop(T.CANARY, ["artifactConfig", "artifactConfig.s3Encryption.kmsKeyArn"]),
    ...set(T.CANARY, "artifactConfig.s3Encryption.encryptionMode", ["SSE_S3"]),
  ],
  "k8s-no-default-ns": set(T.WORKLOADS, "metadata.namespace", ["default", undefined]),
};
