import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { CLOUDFRONT_REGION } from "./regions";
import { webAclRules } from "./web-acl-rules";

/** What a web ACL needs to know. */
export interface WebAclArgs {
  /** `REGIONAL` guards a load balancer, `CLOUDFRONT` a distribution. A change replaces the web ACL. */
  readonly scope: "REGIONAL" | "CLOUDFRONT";
  /** Header that carries the client's address, written by CloudFront; without it, the connection's address counts. */
  readonly clientAddressHeader?: string;
  /** Ranges, IPv4 and IPv6, that the rate for every path does not count. */
  readonly loadTestAddresses: readonly string[];
  /** Days until a logged request expires. */
  readonly logRetentionDays: number;
  /** KMS key of the log group, in the region of {@link scope}. */
  readonly logsKeyArn: pulumi.Input<string>;
}

/** Headers that are never logged. */
const CREDENTIAL_HEADERS = ["authorization", "cookie", "x-api-key"];

/** A web ACL and the name under which CloudWatch has its metrics. */
export interface WebAcl {
  readonly acl: aws.wafv2.WebAcl;
  readonly metricName: string;
}

/** Addresses as AWS WAF takes them: a set holds one family, and is of its web ACL's scope. */
function addressSets(
  name: string,
  addresses: readonly string[],
  where: Pick<aws.wafv2.IpSetArgs, "scope" | "region">,
  opts: pulumi.CustomResourceOptions,
): aws.wafv2.IpSet[] {
  const isIpv6 = (address: string) => address.includes(":");
  const families = [
    { suffix: "ipv4", ipAddressVersion: "IPV4", addresses: addresses.filter((address) => !isIpv6(address)) },
    { suffix: "ipv6", ipAddressVersion: "IPV6", addresses: addresses.filter(isIpv6) },
  ];
  return families
    .filter((family) => family.addresses.length > 0)
    .map(({ suffix, ...family }) => new aws.wafv2.IpSet(`${name}-${suffix}`, { ...where, ...family }, opts));
}

/**
 * A web ACL with the rules of {@link webAclRules} and its log.
 *
 * Logged are the requests that a rule blocked, without their credentials; every request is in the access logs anyhow,
 * at a fraction of the price.
 */
export function webAcl(name: string, args: WebAclArgs, opts: pulumi.CustomResourceOptions): WebAcl {
  const region = args.scope === "CLOUDFRONT" ? CLOUDFRONT_REGION : undefined;
  // Metrics and log groups cannot be auto-named: these names tell the stacks of an account apart.
  const metricName = `${pulumi.getProject()}-${pulumi.getStack()}-${name}`;
  const uncounted = addressSets(`${name}-load-test`, args.loadTestAddresses, { scope: args.scope, region }, opts);
  const acl = new aws.wafv2.WebAcl(
    name,
    {
      scope: args.scope,
      region,
      defaultAction: { allow: {} },
      rules: webAclRules(
        args.clientAddressHeader,
        uncounted.map(({ arn }) => arn),
      ),
      visibilityConfig: { cloudwatchMetricsEnabled: true, metricName, sampledRequestsEnabled: true },
    },
    opts,
  );
  const log = new aws.cloudwatch.LogGroup(
    `${name}-log`,
    {
      // AWS WAF accepts only log groups with this prefix.
      name: `aws-waf-logs-${metricName}`,
      region,
      retentionInDays: args.logRetentionDays,
      kmsKeyId: args.logsKeyArn,
    },
    opts,
  );
  new aws.wafv2.WebAclLoggingConfiguration(
    `${name}-logging`,
    {
      resourceArn: acl.arn,
      region,
      logDestinationConfigs: [log.arn],
      redactedFields: CREDENTIAL_HEADERS.map((header) => ({ singleHeader: { name: header } })),
      loggingFilter: {
        defaultBehavior: "DROP",
        filters: [
          {
            behavior: "KEEP",
            requirement: "MEETS_ANY",
            conditions: [{ actionCondition: { action: "BLOCK" } }],
          },
        ],
      },
    },
    opts,
  );
  return { acl, metricName };
}
