import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";
import { LIMITS } from "../../sizing/limits";
import type { Timeline } from "../../sizing/timeline";
import { addressFunction, CDN_FUNCTION_RUNTIME, cacheControlFunction } from "./cdn-functions";
import { SECURITY_HEADERS } from "./headers";
import { type OriginProof, PORT } from "./load-balancer";

/** What a distribution needs to know. */
export interface DistributionArgs {
  readonly domainName: string;
  /** Certificate of {@link domainName} in CloudFront's region. */
  readonly certificateArn: pulumi.Input<string>;
  /** DNS name of the load balancer. */
  readonly originDomainName: pulumi.Input<string>;
  /** Header by which the load balancer knows that a request came through here. */
  readonly originProof: OriginProof;
  readonly webAclArn: pulumi.Input<string>;
  readonly timeline: Timeline;
}

/**
 * Policies of AWS, the same in every account: cache nothing; and send the origin all that the viewer sent, the host
 * name too, because it is the name on the load balancer's certificate.
 */
const MANAGED_POLICY = Object.freeze({
  cachingDisabled: "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
  allViewer: "216adef6-5c7f-47e4-b989-5492eafa07d3",
});

const READ_METHODS = ["GET", "HEAD", "OPTIONS"];
const ALL_METHODS = [...READ_METHODS, "PUT", "POST", "PATCH", "DELETE"];

/** Lowest protocol that viewers may speak, and the one spoken to the load balancer. */
const TLS = Object.freeze({ viewer: "TLSv1.2_2021", origin: "TLSv1.2" });

/** Seconds that an idle connection to the load balancer is kept: CloudFront's default, well below the balancer's own. */
const ORIGIN_KEEPALIVE_SECONDS = 5;

/** What is cached: guide, Nginx: `location /static` and `location ~* \.(json|xml)$` in `location /api`. */
const CACHED = [
  {
    name: "static",
    paths: ["/static/*"],
    ttlSeconds: LIMITS.staticCacheSeconds,
    cacheControl: `public, max-age=${LIMITS.staticCacheSeconds}, immutable`,
    personal: false,
  },
  {
    name: "api",
    paths: ["/api/*.json", "/api/*.xml"],
    ttlSeconds: LIMITS.apiCacheSeconds,
    cacheControl: `public, max-age=${LIMITS.apiCacheSeconds}, no-transform`,
    personal: true,
  },
] as const;

/** A CloudFront distribution in front of the load balancer. */
export function distribution(
  name: string,
  args: DistributionArgs,
  opts: pulumi.CustomResourceOptions,
): aws.cloudfront.Distribution {
  const originId = "load-balancer";
  const address = edgeFunction(`${name}-address`, addressFunction(), opts);
  const headers = securityHeaders(`${name}-headers`, opts);
  const behavior = {
    targetOriginId: originId,
    viewerProtocolPolicy: "redirect-to-https",
    cachedMethods: ["GET", "HEAD"],
    compress: true,
    originRequestPolicyId: MANAGED_POLICY.allViewer,
    responseHeadersPolicyId: headers.id,
  };
  const onRequest = { eventType: "viewer-request", functionArn: address.arn };
  const cached = CACHED.flatMap(({ name: kind, paths, ttlSeconds, cacheControl, personal }) => {
    const policy = cachePolicy(`${name}-${kind}`, ttlSeconds, personal, opts);
    const clientCache = edgeFunction(`${name}-${kind}-cache`, cacheControlFunction(cacheControl), opts);
    return paths.map((pathPattern) => ({
      ...behavior,
      pathPattern,
      allowedMethods: READ_METHODS,
      cachePolicyId: policy.id,
      functionAssociations: [onRequest, { eventType: "viewer-response", functionArn: clientCache.arn }],
    }));
  });
  return new aws.cloudfront.Distribution(
    name,
    {
      enabled: true,
      aliases: [args.domainName],
      httpVersion: "http2and3",
      isIpv6Enabled: true,
      webAclId: args.webAclArn,
      viewerCertificate: {
        acmCertificateArn: args.certificateArn,
        minimumProtocolVersion: TLS.viewer,
        sslSupportMethod: "sni-only",
      },
      origins: [
        {
          originId,
          domainName: args.originDomainName,
          customHeaders: [{ name: args.originProof.header, value: args.originProof.value }],
          customOriginConfig: {
            httpPort: PORT.http,
            httpsPort: PORT.https,
            originProtocolPolicy: "https-only",
            originSslProtocols: [TLS.origin],
            // Longer than a request may take, so that the service's own time-out answers first.
            originReadTimeout: args.timeline.loadBalancerIdleSeconds,
            originKeepaliveTimeout: ORIGIN_KEEPALIVE_SECONDS,
          },
        },
      ],
      defaultCacheBehavior: {
        ...behavior,
        allowedMethods: ALL_METHODS,
        cachePolicyId: MANAGED_POLICY.cachingDisabled,
        functionAssociations: [onRequest],
      },
      orderedCacheBehaviors: cached,
      restrictions: { geoRestriction: { restrictionType: "none" } },
    },
    opts,
  );
}

function edgeFunction(name: string, code: string, opts: pulumi.CustomResourceOptions) {
  return new aws.cloudfront.Function(name, { runtime: CDN_FUNCTION_RUNTIME, code, publish: true }, opts);
}

/** The service's own `Cache-Control` rules; the time given here holds where it says nothing. */
function cachePolicy(name: string, ttlSeconds: number, personal: boolean, opts: pulumi.CustomResourceOptions) {
  return new aws.cloudfront.CachePolicy(
    `${name}-policy`,
    {
      minTtl: 0,
      defaultTtl: ttlSeconds,
      maxTtl: ttlSeconds,
      parametersInCacheKeyAndForwardedToOrigin: {
        enableAcceptEncodingBrotli: true,
        enableAcceptEncodingGzip: true,
        queryStringsConfig: { queryStringBehavior: "all" },
        // An answer to one caller must never be another's: whatever may identify a caller is part of the key.
        cookiesConfig: { cookieBehavior: personal ? "all" : "none" },
        headersConfig: personal
          ? { headerBehavior: "whitelist", headers: { items: ["Authorization", "X-Api-Key"] } }
          : { headerBehavior: "none" },
      },
    },
    opts,
  );
}

function securityHeaders(name: string, opts: pulumi.CustomResourceOptions) {
  const override = true;
  return new aws.cloudfront.ResponseHeadersPolicy(
    name,
    {
      securityHeadersConfig: {
        strictTransportSecurity: {
          accessControlMaxAgeSec: LIMITS.hstsMaxAgeSeconds,
          includeSubdomains: true,
          override,
        },
        frameOptions: { frameOption: SECURITY_HEADERS.frameOptions, override },
        contentTypeOptions: { override },
        contentSecurityPolicy: { contentSecurityPolicy: SECURITY_HEADERS.contentSecurityPolicy, override },
      },
    },
    opts,
  );
}
