import * as T from "../../../../policy/framework/types";
import type { CaseTable } from "../../cases";
import { type Given, UNKNOWN } from "../../engine";
import { given, one } from "../../given";

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
const limited = (limit: number, more: Record<string, unknown> = {}) => ({
  action: { block: {} },
  statement: { rateBasedStatement: { limit, ...more } },
});
const outside = (arn: string) => ({ notStatement: { statement: { ipSetReferenceStatement: { arn } } } });
/** A web ACL whose rate leaves out addresses: of a set of the stack unless none is given. */
const leavingOut = (addresses?: readonly string[], scopeDownStatement: object = outside(UNKNOWN)): Given[] => [
  given(
    T.WEB_ACL,
    { rules: [limited(600, { evaluationWindowSec: 60, scopeDownStatement })] },
    { name: "acl", refs: { rules: addresses === undefined ? [] : ["load-test"] } },
  ),
  ...(addresses === undefined ? [] : [given(T.IP_SET, { addresses }, { name: "load-test" })]),
];
const COUNTED = { cloudwatchMetricsEnabled: true };
const KNOWN_BAD = { name: "AWSManagedRulesKnownBadInputsRuleSet", vendorName: "AWS" };
const webAcl = one(T.WEB_ACL, { rules: [limited(600)] });

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

/** What the rules about load balancers, web ACLs and exposure accept and refuse. */
export const loadBalancerCases: CaseTable = {
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
    holds: [
      webAcl(),
      webAcl({ rules: [limited(600, { evaluationWindowSec: 60 }), limited(9000)] }),
      leavingOut(["203.0.113.7/32", "198.51.100.0/24"]),
      leavingOut(["2001:db8::/64"], { andStatement: { statements: [outside(UNKNOWN), outside(UNKNOWN)] } }),
      // Another one counts everybody.
      webAcl({
        rules: [
          limited(600, { evaluationWindowSec: 60 }),
          limited(300, { evaluationWindowSec: 60, scopeDownStatement: outside("arn:partners") }),
        ],
      }),
    ],
    breaks: [
      [webAcl({ rules: [] }), /no rate-based rule blocks/],
      [
        webAcl({ rules: [{ action: { count: {} }, statement: { rateBasedStatement: {} } }] }),
        /no rate-based rule blocks/,
      ],
      [webAcl({ rules: [limited(3005)] }), /lets 601 requests a minute through/],
      [webAcl({ rules: [limited(800, { evaluationWindowSec: 60 })] }), /lets 800 requests a minute/],
      [leavingOut(["203.0.113.7/32", "203.0.0.0/16"]), /leaves out 203\.0\.0\.0\/16 \(load-test\)/],
      [leavingOut(["2001:db8::/48"]), /leaves out 2001:db8::\/48/],
      [leavingOut(), /leaves out an IP set that is none of the stack's/],
      // One for a path says nothing of the others.
      [
        [
          ...webAcl({
            rules: [limited(9000, { scopeDownStatement: outside(UNKNOWN) }), limited(10, { scopeDownStatement: {} })],
          }),
        ],
        /lets 1800 requests a minute/,
      ],
      [webAcl({ rules: [limited(9000), limited(10, { scopeDownStatement: {} })] }), /lets 1800 requests a minute/],
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
  "lb-desync": {
    holds: [
      balancer(),
      balancer({ desyncMitigationMode: "strictest" }),
      balancer({ loadBalancerType: "network", desyncMitigationMode: "monitor" }),
    ],
    breaks: [[balancer({ desyncMitigationMode: "monitor" }), /desyncMitigationMode is "monitor"/]],
  },
  "waf-metrics": {
    holds: [webAcl({ visibilityConfig: COUNTED, rules: [{ visibilityConfig: COUNTED }] })],
    breaks: [
      [
        webAcl({ visibilityConfig: { cloudwatchMetricsEnabled: false } }),
        /^found: visibilityConfig.cloudwatchMetricsEnabled is false/m,
      ],
      [
        webAcl({ visibilityConfig: COUNTED, rules: [{}] }),
        /rules.0.visibilityConfig.cloudwatchMetricsEnabled is not set/,
      ],
    ],
  },
  "waf-known-bad-inputs": {
    holds: [webAcl({ rules: [{ statement: { managedRuleGroupStatement: KNOWN_BAD } }] })],
    breaks: [
      [webAcl({ rules: [] }), /no rule uses AWSManagedRulesKnownBadInputsRuleSet/],
      [
        webAcl({ rules: [{ overrideAction: { count: {} }, statement: { managedRuleGroupStatement: KNOWN_BAD } }] }),
        /no rule uses/,
      ],
    ],
  },
};
