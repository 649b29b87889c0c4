import { cacheAtRestCmk } from "./cache-at-rest-cmk";
import { cacheAuth } from "./cache-auth";
import { cacheSubnetGroup } from "./cache-subnet-group";
import { cacheTls } from "./cache-tls";
import { canaryEncrypted } from "./canary-encrypted";
import { ecrCmk } from "./ecr-cmk";
import { ecrImmutable } from "./ecr-immutable";
import { ecrScan } from "./ecr-scan";
import { eksAllLogs } from "./eks-all-logs";
import { eksApiAuth } from "./eks-api-auth";
import { eksPrivateEndpoint } from "./eks-private-endpoint";
import { eksSecretsCmk } from "./eks-secrets-cmk";
import { eksSupportedVersion } from "./eks-supported-version";
import { exposure } from "./exposure";
import { iamNoAdmin } from "./iam-no-admin";
import { iamNoStarAction } from "./iam-no-star-action";
import { iamNoStarResource } from "./iam-no-star-resource";
import { iamTrustNarrow } from "./iam-trust-narrow";
import { imageFromOwnRepository } from "./image-from-own-repository";
import { k8sDigest } from "./k8s-digest";
import { k8sNetworkPolicy } from "./k8s-network-policy";
import { k8sNoDefaultNs } from "./k8s-no-default-ns";
import { k8sNoEnvSecret } from "./k8s-no-env-secret";
import { k8sNoHostNs } from "./k8s-no-host-ns";
import { k8sPssLabels } from "./k8s-pss-labels";
import { k8sSa } from "./k8s-sa";
import { k8sSecurityContext } from "./k8s-security-context";
import { kmsNoWildcardPrincipal } from "./kms-no-wildcard-principal";
import { kmsRotation } from "./kms-rotation";
import { lbDesync } from "./lb-desync";
import { lbDropHeaders } from "./lb-drop-headers";
import { lbLogs } from "./lb-logs";
import { lbRedirect } from "./lb-redirect";
import { lbTlsPolicy } from "./lb-tls-policy";
import { logsCmk } from "./logs-cmk";
import { netDefaultSg } from "./net-default-sg";
import { netEndpoints } from "./net-endpoints";
import { netFlowLogs } from "./net-flow-logs";
import { netNoAutoPublicIp } from "./net-no-auto-public-ip";
import { nodeEbsEncrypted } from "./node-ebs-encrypted";
import { nodeImdsv2 } from "./node-imdsv2";
import { nodeNoPublicIp } from "./node-no-public-ip";
import { nodeNoSsh } from "./node-no-ssh";
import { proxyRequireTls } from "./proxy-require-tls";
import { rdsCa } from "./rds-ca";
import { rdsCustomAdmin } from "./rds-custom-admin";
import { rdsEncryptedCmk } from "./rds-encrypted-cmk";
import { rdsForceSsl } from "./rds-force-ssl";
import { rdsIamAuth } from "./rds-iam-auth";
import { rdsNotPublic } from "./rds-not-public";
import { s3BlockPublic } from "./s3-block-public";
import { s3Encrypt } from "./s3-encrypt";
import { s3TlsOnly } from "./s3-tls-only";
import { secretCmk } from "./secret-cmk";
import { secretPath } from "./secret-path";
import { secretRotation } from "./secret-rotation";
import { securityGroupPath } from "./security-group-path";
import { sgDescription } from "./sg-description";
import { sgNoAllEgress } from "./sg-no-all-egress";
import { sgNoWorldIngress } from "./sg-no-world-ingress";
import { snsEncrypted } from "./sns-encrypted";
import { wafAttached } from "./waf-attached";
import { wafKnownBadInputs } from "./waf-known-bad-inputs";
import { wafLogging } from "./waf-logging";
import { wafMetrics } from "./waf-metrics";
import { wafRateLimit } from "./waf-rate-limit";

/** Rules of the pack, in the order of RULES.md. */
export const rules = [
  rdsEncryptedCmk,
  rdsNotPublic,
  rdsForceSsl,
  proxyRequireTls,
  cacheTls,
  cacheAtRestCmk,
  cacheAuth,
  eksPrivateEndpoint,
  eksSupportedVersion,
  eksSecretsCmk,
  eksAllLogs,
  eksApiAuth,
  nodeImdsv2,
  nodeEbsEncrypted,
  ecrImmutable,
  ecrScan,
  ecrCmk,
  netFlowLogs,
  netDefaultSg,
  netNoAutoPublicIp,
  sgNoWorldIngress,
  sgDescription,
  securityGroupPath,
  lbTlsPolicy,
  lbRedirect,
  lbDropHeaders,
  lbLogs,
  wafAttached,
  wafLogging,
  wafRateLimit,
  iamNoStarAction,
  iamNoAdmin,
  iamTrustNarrow,
  kmsRotation,
  kmsNoWildcardPrincipal,
  secretCmk,
  secretRotation,
  secretPath,
  s3BlockPublic,
  s3TlsOnly,
  logsCmk,
  snsEncrypted,
  k8sDigest,
  imageFromOwnRepository,
  k8sSecurityContext,
  k8sNoHostNs,
  k8sSa,
  k8sNoEnvSecret,
  k8sPssLabels,
  k8sNetworkPolicy,
  exposure,
  rdsIamAuth,
  rdsCa,
  rdsCustomAdmin,
  cacheSubnetGroup,
  nodeNoPublicIp,
  nodeNoSsh,
  sgNoAllEgress,
  netEndpoints,
  lbDesync,
  wafMetrics,
  wafKnownBadInputs,
  iamNoStarResource,
  s3Encrypt,
  canaryEncrypted,
  k8sNoDefaultNs,
] as const;
