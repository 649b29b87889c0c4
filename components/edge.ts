import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import type { Timeline } from "../sizing/timeline";
import { type AccessLogs, accessLogs } from "./edge/access-logs";
import { CLIENT_ADDRESS_HEADER } from "./edge/cdn-functions";
import { cdnAccessLogs, cdnLogsKey } from "./edge/cdn-logs";
import { validatedCertificates } from "./edge/certificate";
import { distribution } from "./edge/distribution";
import { type Backend, loadBalancer, type OriginProof } from "./edge/load-balancer";
import { CLOUDFRONT_REGION } from "./edge/regions";
import { webAcl } from "./edge/web-acl";

/** What {@link Edge} needs to know. */
export interface EdgeArgs {
  readonly accountId: string;
  readonly region: string;
  /** A change replaces the load balancer. */
  readonly vpcId: pulumi.Input<string>;
  /** A public subnet in each zone. */
  readonly subnetIds: pulumi.Input<string>[];
  /**
   * What leads from these subnets to the internet. AWS refuses a public load balancer where there is no internet gateway,
   * and to detach a gateway from under one.
   */
  readonly routes: pulumi.Resource[];
  /** What requests are forwarded to. */
  readonly backend: Backend;
  /**
   * Name under which the API is reached.
   * @default none: plain HTTP under the load balancer's own name, for development only
   */
  readonly domainName?: string;
  /**
   * Route 53 zone of {@link domainName}: its records, and the proof for a certificate, are written there.
   * @default none: records are made elsewhere, and {@link certificateArn} is needed
   */
  readonly hostedZoneId?: string;
  /**
   * An existing certificate of {@link domainName} in {@link region}.
   * @default a new one, validated in {@link hostedZoneId}
   */
  readonly certificateArn?: string;
  /**
   * IPv4 ranges that may connect to the load balancer. With {@link cdn} CloudFront is the client, so that ranges which
   * leave it out close the API.
   */
  readonly ingressCidrs: readonly string[];
  /** Ranges, IPv4 and IPv6, that the web ACLs' rate for every path does not count. All other rules do look at them. */
  readonly loadTestAddresses: readonly string[];
  readonly timeline: Timeline;
  /**
   * Put CloudFront in front, for /static and cacheable API answers. Needs a {@link domainName}. The load balancer then
   * refuses whoever comes round it.
   */
  readonly cdn: boolean;
  /** Key of the log groups. Its policy must admit CloudWatch Logs. */
  readonly logsKeyArn: pulumi.Input<string>;
  /** Days until a log event or access-log object expires. */
  readonly logRetentionDays: number;
  /** Protect the logs, and the load balancer against deletion. */
  readonly protect: boolean;
}

/** Header by which CloudFront proves itself to the load balancer. */
const ORIGIN_PROOF_HEADER = "x-origin-proof";
/** Letters and digits of the proof: more than 250 bits, and within the 128 characters of a listener condition. */
const ORIGIN_PROOF_LENGTH = 48;

/**
 * The way in: load balancer, web ACL, access logs; certificate and DNS where there is a domain; CloudFront on request.
 * It is the guide's Nginx section on AWS; docs/guide-map.md goes through it line by line.
 */
export class Edge extends pulumi.ComponentResource {
  /** Where the API is reached. */
  readonly url: pulumi.Output<string>;
  /** Host name in {@link url}. */
  readonly hostName: pulumi.Output<string>;
  /** Proxies on the way in: the load balancer, and CloudFront before it. */
  readonly proxies: number;
  /** Target group to which the pods are bound. */
  readonly targetGroupArn: pulumi.Output<string>;
  /** Load balancer, as CloudWatch's dimension `LoadBalancer` has it. */
  readonly loadBalancerArnSuffix: pulumi.Output<string>;
  /** Target group, as CloudWatch's dimension `TargetGroup` has it. */
  readonly targetGroupArnSuffix: pulumi.Output<string>;
  /** Web ACL on the load balancer. */
  readonly webAclArn: pulumi.Output<string>;
  /** That web ACL, as CloudWatch's dimension `WebACL` has it. */
  readonly webAclMetricName: string;

  constructor(name: string, args: EdgeArgs, opts?: pulumi.ComponentResourceOptions) {
    super("pynomaly:edge:Edge", name, {}, opts);
    const child = { parent: this };
    requireWhatIsNeeded(name, args);

    const logs = accessLogs(
      `${name}-logs`,
      {
        accountId: args.accountId,
        region: args.region,
        retentionInDays: args.logRetentionDays,
        cdn: args.cdn,
        protect: args.protect,
      },
      child,
    );
    const certificates = certificatesOf(name, args, child);
    const originProof = args.cdn ? newOriginProof(name, child) : undefined;
    const { loadBalancer: balancer, targetGroup } = loadBalancer(
      `${name}-lb`,
      { ...args, logs, originProof, certificateArn: certificates.get(args.region) },
      child,
    );
    const acl = webAcl(
      `${name}-waf`,
      {
        scope: "REGIONAL",
        clientAddressHeader: args.cdn ? CLIENT_ADDRESS_HEADER : undefined,
        loadTestAddresses: args.loadTestAddresses,
        logRetentionDays: args.logRetentionDays,
        logsKeyArn: args.logsKeyArn,
      },
      child,
    );
    new aws.wafv2.WebAclAssociation(`${name}-waf-on-lb`, { resourceArn: balancer.arn, webAclArn: acl.acl.arn }, child);
    if (originProof === undefined) {
      const target = { name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: true };
      dnsRecords(name, ["A"], args, target, child);
    } else {
      const cdn = cloudFront(`${name}-cdn`, args, { balancer, certificates, logs, originProof }, child);
      // Route 53 cannot evaluate the health of a distribution.
      const target = { name: cdn.domainName, zoneId: cdn.hostedZoneId, evaluateTargetHealth: false };
      dnsRecords(name, ["A", "AAAA"], args, target, child);
    }

    const scheme = args.domainName === undefined ? "http" : "https";
    this.hostName = pulumi.output(args.domainName ?? balancer.dnsName);
    this.url = pulumi.interpolate`${scheme}://${this.hostName}`;
    this.proxies = args.cdn ? 2 : 1;
    this.targetGroupArn = targetGroup.arn;
    this.loadBalancerArnSuffix = balancer.arnSuffix;
    this.targetGroupArnSuffix = targetGroup.arnSuffix;
    this.webAclArn = acl.acl.arn;
    this.webAclMetricName = acl.metricName;
    this.registerOutputs({
      url: this.url,
      hostName: this.hostName,
      proxies: this.proxies,
      targetGroupArn: this.targetGroupArn,
      loadBalancerArnSuffix: this.loadBalancerArnSuffix,
      targetGroupArnSuffix: this.targetGroupArnSuffix,
      webAclArn: this.webAclArn,
      webAclMetricName: this.webAclMetricName,
    });
  }
}

function requireWhatIsNeeded(name: string, args: EdgeArgs): void {
  const missing = (propertyPath: string, reason: string) =>
    new pulumi.InputPropertyError({ propertyPath, reason: `${name}: ${reason}` });
  if (args.domainName === undefined) {
    if (args.cdn) throw missing("domainName", "CloudFront is used only under a domain name of one's own");
    return;
  }
  if (args.hostedZoneId !== undefined) return;
  if (args.certificateArn === undefined) {
    throw missing(
      "hostedZoneId",
      "a domain needs a hosted zone in which its certificate is validated, or certificateArn",
    );
  }
  if (args.cdn && args.region !== CLOUDFRONT_REGION) {
    throw missing("hostedZoneId", `CloudFront needs a certificate in ${CLOUDFRONT_REGION}, validated in a hosted zone`);
  }
}

/** The domain's certificate in each region that needs one; none without a domain. */
function certificatesOf(
  name: string,
  args: EdgeArgs,
  opts: pulumi.CustomResourceOptions,
): Map<string, pulumi.Input<string>> {
  if (args.domainName === undefined) return new Map();
  const given = new Map<string, pulumi.Input<string>>();
  if (args.certificateArn !== undefined) given.set(args.region, args.certificateArn);
  const needed = new Set(args.cdn ? [args.region, CLOUDFRONT_REGION] : [args.region]);
  const regions = [...needed].filter((region) => !given.has(region));
  if (regions.length === 0 || args.hostedZoneId === undefined) return given;
  const { domainName, hostedZoneId } = args;
  return new Map([
    ...given,
    ...validatedCertificates(`${name}-certificate`, { domainName, hostedZoneId, regions }, opts),
  ]);
}

function newOriginProof(name: string, opts: pulumi.CustomResourceOptions): OriginProof {
  const value = new random.RandomPassword(`${name}-origin-proof`, { length: ORIGIN_PROOF_LENGTH, special: false }, opts)
    .result;
  return { header: ORIGIN_PROOF_HEADER, value };
}

/** What the distribution is put in front of. */
interface BehindCdn {
  readonly balancer: aws.lb.LoadBalancer;
  readonly certificates: ReadonlyMap<string, pulumi.Input<string>>;
  readonly logs: AccessLogs;
  readonly originProof: OriginProof;
}

/** The distribution with a web ACL of its own, which sees the clients and what the cache answers, and its logs. */
function cloudFront(
  name: string,
  args: EdgeArgs,
  { balancer, certificates, logs, originProof }: BehindCdn,
  opts: pulumi.CustomResourceOptions,
): aws.cloudfront.Distribution {
  const certificateArn = certificates.get(CLOUDFRONT_REGION);
  if (args.domainName === undefined || certificateArn === undefined) {
    throw new Error(`${name}: no certificate in ${CLOUDFRONT_REGION}`);
  }
  const logsKeyArn =
    args.region === CLOUDFRONT_REGION
      ? args.logsKeyArn
      : cdnLogsKey(`${name}-logs-key`, args.accountId, args.protect, opts).arn;
  const { loadTestAddresses, logRetentionDays } = args;
  const acl = webAcl(`${name}-waf`, { scope: "CLOUDFRONT", loadTestAddresses, logRetentionDays, logsKeyArn }, opts);
  const cdn = distribution(
    name,
    {
      domainName: args.domainName,
      certificateArn,
      originDomainName: balancer.dnsName,
      originProof,
      webAclArn: acl.acl.arn,
      timeline: args.timeline,
    },
    opts,
  );
  cdnAccessLogs(name, cdn, logs, opts);
  return cdn;
}

function dnsRecords(
  name: string,
  recordTypes: readonly string[],
  args: EdgeArgs,
  target: aws.types.input.route53.RecordAlias,
  opts: pulumi.CustomResourceOptions,
): void {
  if (args.domainName === undefined || args.hostedZoneId === undefined) return;
  for (const type of recordTypes) {
    new aws.route53.Record(
      `${name}-dns-${type.toLowerCase()}`,
      {
        zoneId: args.hostedZoneId,
        name: args.domainName,
        type,
        aliases: [target],
      },
      opts,
    );
  }
}
