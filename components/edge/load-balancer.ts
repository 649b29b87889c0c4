import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { LIMITS } from "../../sizing/limits";
import type { Timeline } from "../../sizing/timeline";
import { type AccessLogs, LOG_PREFIX } from "./access-logs";
import { SECURITY_HEADERS } from "./headers";

/** What the load balancer sends requests to. */
export interface Backend {
  /** Security group of the pods' network interfaces. */
  readonly securityGroupId: pulumi.Input<string>;
  /** Port on which every pod listens. A change replaces the target group. */
  readonly port: number;
  /** Path that answers 200 while a pod can serve. */
  readonly healthPath: string;
}

/** What a request must carry to be let through: CloudFront's proof that it comes from there. */
export interface OriginProof {
  readonly header: string;
  readonly value: pulumi.Input<string>;
}

/** What the load balancer needs to know. */
export interface LoadBalancerArgs {
  readonly vpcId: pulumi.Input<string>;
  /** One public subnet in each zone. */
  readonly subnetIds: pulumi.Input<string>[];
  /** What must exist before the load balancer, and outlast it: the subnets' way to the internet. */
  readonly routes: pulumi.Resource[];
  readonly backend: Backend;
  /** Certificate of the HTTPS listener; without one there is an HTTP listener only. */
  readonly certificateArn?: pulumi.Input<string>;
  /** IPv4 ranges that may connect. */
  readonly ingressCidrs: readonly string[];
  readonly timeline: Timeline;
  readonly logs: AccessLogs;
  /** When set, requests without it are answered with 403. */
  readonly originProof?: OriginProof;
  /** Refuse deletion. */
  readonly protect: boolean;
}

/** The load balancer and what it forwards to. */
export interface LoadBalancer {
  readonly loadBalancer: aws.lb.LoadBalancer;
  readonly targetGroup: aws.lb.TargetGroup;
}

/** Ports of the listeners. */
export const PORT = Object.freeze({ http: 80, https: 443 });

/**
 * TLS 1.2 with forward secrecy and GCM ciphers only, TLS 1.3, and post-quantum key exchange: what AWS recommends, and
 * not what a listener that names no policy gets (AWS, "Security policies for your Application Load Balancer").
 */
const TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09";

/** Health checks: how long an answer may take, and how many good ones bring a target back. */
const HEALTH = Object.freeze({ timeoutSeconds: 5, healthyThreshold: 2 });

/** An internet-facing application load balancer, its security group, target group and listeners. */
export function loadBalancer(name: string, args: LoadBalancerArgs, opts: pulumi.CustomResourceOptions): LoadBalancer {
  const securityGroup = securityGroupOf(name, args, opts);
  const balancer = new aws.lb.LoadBalancer(
    name,
    {
      loadBalancerType: "application",
      internal: false,
      subnets: args.subnetIds,
      securityGroups: [securityGroup.id],
      idleTimeout: args.timeline.loadBalancerIdleSeconds,
      enableHttp2: true,
      preserveHostHeader: true,
      xffHeaderProcessingMode: "append",
      dropInvalidHeaderFields: true,
      desyncMitigationMode: "strictest",
      enableWafFailOpen: false,
      enableDeletionProtection: args.protect,
      accessLogs: { enabled: true, bucket: args.logs.bucket.bucket, prefix: LOG_PREFIX.access },
      connectionLogs: { enabled: true, bucket: args.logs.bucket.bucket, prefix: LOG_PREFIX.connection },
    },
    { ...opts, dependsOn: [args.logs.policy, ...args.routes] },
  );
  const targetGroup = new aws.lb.TargetGroup(
    `${name}-targets`,
    {
      vpcId: args.vpcId,
      targetType: "ip",
      port: args.backend.port,
      protocol: "HTTP",
      loadBalancingAlgorithmType: "least_outstanding_requests",
      deregistrationDelay: args.timeline.deregistrationDelaySeconds,
      healthCheck: {
        path: args.backend.healthPath,
        protocol: "HTTP",
        port: "traffic-port",
        matcher: "200",
        interval: LIMITS.failTimeoutSeconds / LIMITS.unhealthyThreshold,
        unhealthyThreshold: LIMITS.unhealthyThreshold,
        healthyThreshold: HEALTH.healthyThreshold,
        timeout: HEALTH.timeoutSeconds,
      },
    },
    opts,
  );
  listeners(name, balancer, targetGroup, args, opts);
  return { loadBalancer: balancer, targetGroup };
}

function securityGroupOf(name: string, args: LoadBalancerArgs, opts: pulumi.CustomResourceOptions) {
  const group = new aws.ec2.SecurityGroup(
    `${name}-sg`,
    { vpcId: args.vpcId, description: "Public load balancer of the API" },
    opts,
  );
  const ports = args.certificateArn === undefined ? [PORT.http] : [PORT.http, PORT.https];
  for (const port of ports) {
    for (const cidr of args.ingressCidrs) {
      new aws.vpc.SecurityGroupIngressRule(
        `${name}-in-${port}-${cidr.replace("/", "-")}`,
        {
          securityGroupId: group.id,
          description: `Clients, port ${port}`,
          ipProtocol: "tcp",
          fromPort: port,
          toPort: port,
          cidrIpv4: cidr,
        },
        opts,
      );
    }
  }
  const toBackend = { ipProtocol: "tcp", fromPort: args.backend.port, toPort: args.backend.port };
  new aws.vpc.SecurityGroupEgressRule(
    `${name}-to-backend`,
    {
      ...toBackend,
      securityGroupId: group.id,
      description: "Requests and health checks to the pods",
      referencedSecurityGroupId: args.backend.securityGroupId,
    },
    opts,
  );
  new aws.vpc.SecurityGroupIngressRule(
    `${name}-backend-in`,
    {
      ...toBackend,
      securityGroupId: args.backend.securityGroupId,
      description: "Requests and health checks from the load balancer",
      referencedSecurityGroupId: group.id,
    },
    opts,
  );
  return group;
}

function listeners(
  name: string,
  balancer: aws.lb.LoadBalancer,
  targetGroup: aws.lb.TargetGroup,
  args: LoadBalancerArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const forward = { type: "forward", targetGroupArn: targetGroup.arn };
  const headers = {
    routingHttpResponseServerEnabled: false,
    routingHttpResponseXFrameOptionsHeaderValue: SECURITY_HEADERS.frameOptions,
    routingHttpResponseXContentTypeOptionsHeaderValue: SECURITY_HEADERS.contentTypeOptions,
    routingHttpResponseContentSecurityPolicyHeaderValue: SECURITY_HEADERS.contentSecurityPolicy,
  };
  if (args.certificateArn === undefined) {
    new aws.lb.Listener(
      `${name}-http`,
      { loadBalancerArn: balancer.arn, port: PORT.http, protocol: "HTTP", defaultActions: [forward], ...headers },
      opts,
    );
    return;
  }
  new aws.lb.Listener(
    `${name}-http`,
    {
      loadBalancerArn: balancer.arn,
      port: PORT.http,
      protocol: "HTTP",
      defaultActions: [
        { type: "redirect", redirect: { protocol: "HTTPS", port: String(PORT.https), statusCode: "HTTP_301" } },
      ],
      routingHttpResponseServerEnabled: false,
    },
    opts,
  );
  const https = new aws.lb.Listener(
    `${name}-https`,
    {
      loadBalancerArn: balancer.arn,
      port: PORT.https,
      protocol: "HTTPS",
      certificateArn: args.certificateArn,
      sslPolicy: TLS_POLICY,
      defaultActions: [
        args.originProof === undefined
          ? forward
          : {
              type: "fixed-response",
              fixedResponse: { statusCode: "403", contentType: "text/plain", messageBody: "Forbidden" },
            },
      ],
      routingHttpResponseStrictTransportSecurityHeaderValue: SECURITY_HEADERS.strictTransportSecurity,
      ...headers,
    },
    opts,
  );
  if (args.originProof !== undefined) {
    new aws.lb.ListenerRule(
      `${name}-from-cdn`,
      {
        listenerArn: https.arn,
        priority: 1,
        conditions: [{ httpHeader: { httpHeaderName: args.originProof.header, values: [args.originProof.value] } }],
        actions: [forward],
      },
      opts,
    );
  }
}
