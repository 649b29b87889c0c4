import assert from "node:assert/strict";
import { resource } from "../components/graph";
import { type ProductionStack, productionStack } from "./stack";

const DEPLOYMENT = ["kubernetes:apps/v1:Deployment", "api-deployment"] as const;
const CONTAINER = "spec.template.spec.containers.0";
const HPA = ["kubernetes:autoscaling/v2:HorizontalPodAutoscaler", "api-hpa"] as const;
const LOAD_BALANCER = ["aws:lb/loadBalancer:LoadBalancer", "edge-lb"] as const;
const TARGETS = ["aws:lb/targetGroup:TargetGroup", "edge-lb-targets"] as const;
const HTTP = ["aws:lb/listener:Listener", "edge-lb-http"] as const;
const HTTPS = ["aws:lb/listener:Listener", "edge-lb-https"] as const;
const CACHE = ["aws:elasticache/replicationGroup:ReplicationGroup", "cache"] as const;
const COMPUTE = ["aws:eks/nodeGroup:NodeGroup", "cluster-compute-group"] as const;

/** What the guide writes, the input that holds it, its value in production. */
type Line = readonly [text: string, of: readonly [type: string, name: string], path: string, value: unknown];

// The tests of the components give them the guide's numbers; these see that the repository's configuration does too.
describe("the production stack by the guide", () => {
  let stack: ProductionStack;
  before(async () => {
    stack = await productionStack();
  });

  const holds = (section: string, lines: readonly Line[]) => {
    for (const [text, of, path, value] of lines) {
      it(`guide, ${section}: ${text}`, () => assert.deepEqual(stack.input(...of, path), value));
    }
  };
  const variables = (section: string, lines: readonly (readonly [text: string, name: string, value: string])[]) => {
    for (const [text, name, value] of lines) {
      it(`guide, ${section}: ${text}`, () => assert.equal(stack.variables.get(name), value));
    }
  };

  holds("Performance Architecture", [
    ["PostgreSQL Primary", ["aws:rds/instance:Instance", "database-writer"], "multiAz", true],
    ["PostgreSQL Read Replicas", ["aws:rds/instance:Instance", "database-replica-b"], "availabilityZone", "us-east-1b"],
    ["PostgreSQL Read Replicas", ["aws:rds/instance:Instance", "database-replica-c"], "availabilityZone", "us-east-1c"],
    ["Redis Node1 to Node3", CACHE, "numCacheClusters", 3],
  ]);

  describe("PostgreSQL", () => {
    const section = "PostgreSQL Configuration Optimization";
    for (const [text, name, value] of [
      ["work_mem = 64MB is 16 MB, which 200 connections fit into", "work_mem", "16384"],
      ["wal_level = replica is RDS's own", "wal_level", undefined],
      ["shared_preload_libraries = 'pg_stat_statements'", "shared_preload_libraries", "pg_stat_statements,pgaudit"],
      ["log_statement = 'all' is for analysis", "log_statement", "none"],
      ["log_duration = on is for analysis", "log_duration", "0"],
    ] as const) {
      it(`guide, ${section}: ${text}`, () => {
        for (const group of ["database-writer", "database-replica"]) {
          assert.equal(stack.parameters(group).get(name), value, group);
        }
      });
    }
  });

  variables("Query Performance Optimization", [
    ["max_size=50 is 6, which 25 pods fit into 200 with", "DATABASE_WRITER_POOL_MAX", "6"],
    ["max_inactive_connection_lifetime=300", "DATABASE_POOL_IDLE_SECONDS", "300"],
    ["command_timeout=30 is 25 s, before the request's 30 s", "STATEMENT_TIMEOUT_SECONDS", "25"],
  ]);
  variables("FastAPI Application Optimization", [
    ["port=8000", "PORT", "8000"],
    ["limit_concurrency=1000", "WORKER_CONNECTIONS", "1000"],
    ["timeout_keep_alive=30 is 65 s, after the load balancer's 60 s", "KEEP_ALIVE_TIMEOUT_SECONDS", "65"],
    ["timeout_graceful_shutdown=30", "SHUTDOWN_TIMEOUT_SECONDS", "30"],
  ]);

  holds("Kubernetes Resource Optimization", [
    ["replicas: 4", DEPLOYMENT, "spec.replicas", 4],
    ["requests.memory: 1Gi", DEPLOYMENT, `${CONTAINER}.resources.requests.memory`, "1Gi"],
    ["requests.cpu: 500m", DEPLOYMENT, `${CONTAINER}.resources.requests.cpu`, "500m"],
    ["limits.memory: 2Gi", DEPLOYMENT, `${CONTAINER}.resources.limits.memory`, "2Gi"],
    ["limits.cpu: 1000m", DEPLOYMENT, `${CONTAINER}.resources.limits.cpu`, "1000m"],
    ["containerPort: 8000", DEPLOYMENT, `${CONTAINER}.ports.0.containerPort`, 8000],
    ["minReplicas: 4", HPA, "spec.minReplicas", 4],
    ["maxReplicas: 20", HPA, "spec.maxReplicas", 20],
    ["scaleUp.stabilizationWindowSeconds: 60", HPA, "spec.behavior.scaleUp.stabilizationWindowSeconds", 60],
    ["node-type: compute-optimized", COMPUTE, "labels.node-type", "compute-optimized"],
    [
      "tolerations: high-performance=true:NoSchedule",
      COMPUTE,
      "taints",
      [{ effect: "NO_SCHEDULE", key: "high-performance", value: "true" }],
    ],
  ]);
  variables("Kubernetes Resource Optimization", [["WORKERS: 4 is one for each CPU of the limit", "WORKERS", "1"]]);

  holds("Redis Caching Optimization", [
    ["port: int = 6379", CACHE, "port", 6379],
    ["'save': '' is a snapshot kept for a day", CACHE, "snapshotRetentionLimit", 1],
    ["'maxmemory': '1gb' is the node type's", CACHE, "nodeType", "cache.m7g.large"],
    [
      "'maxmemory-policy': 'allkeys-lru', 'timeout': '300', 'tcp-keepalive': '60'",
      ["aws:elasticache/parameterGroup:ParameterGroup", "cache"],
      "parameters",
      [
        { name: "maxmemory-policy", value: "allkeys-lru" },
        { name: "timeout", value: "300" },
        { name: "tcp-keepalive", value: "60" },
        { name: "reserved-memory-percent", value: "25" },
      ],
    ],
  ]);

  describe("nginx", () => {
    const section = "Nginx Load Balancer Configuration";
    holds(section, [
      ["listen 80", HTTP, "defaultActions.0.redirect.port", "443"],
      ["listen 443 ssl http2", HTTPS, "port", 443],
      ["server_name api.pynomaly.com", ["aws:route53/record:Record", "edge-dns-a"], "name", "api.pynomaly.com"],
      [
        "ssl_certificate api.pynomaly.com",
        ["aws:acm/certificate:Certificate", "edge-certificate-us-east-1"],
        "domainName",
        "api.pynomaly.com",
      ],
      [
        "ssl_protocols TLSv1.2 TLSv1.3, ssl_ciphers without CBC",
        HTTPS,
        "sslPolicy",
        "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
      ],
      ["server 10.0.1.10:8000 and three more are the pods", TARGETS, "targetType", "ip"],
      ["max_fails=3", TARGETS, "healthCheck.unhealthyThreshold", 3],
      ["fail_timeout=30s, three checks", TARGETS, "healthCheck.interval", 10],
      ["proxy_http_version 1.1", TARGETS, "protocolVersion", undefined],
      ["keepalive_timeout 60s", LOAD_BALANCER, "idleTimeout", 60],
      [
        "client_header_timeout 12, client_body_timeout 12, send_timeout 10 are one idle time-out",
        LOAD_BALANCER,
        "idleTimeout",
        60,
      ],
      ["proxy_set_header Host $host", LOAD_BALANCER, "preserveHostHeader", true],
    ]);
    variables(section, [["proxy_read_timeout 30s", "REQUEST_TIMEOUT_SECONDS", "30"]]);

    it(`guide, ${section}: limit_req zone=api_limit rate=10r/s and zone=auth_limit rate=5r/s, on the load balancer`, () => {
      const rules = stack.input("aws:wafv2/webAcl:WebAcl", "edge-waf", "rules") as {
        name: string;
        statement: { rateBasedStatement?: { limit: number; evaluationWindowSec: number } };
      }[];
      const rates = rules.flatMap(({ name, statement: { rateBasedStatement: rate } }) =>
        rate === undefined ? [] : [[name, rate.limit / rate.evaluationWindowSec]],
      );
      assert.deepEqual(rates, [
        ["auth-rate", 5],
        ["api-rate", 10],
      ]);
      const on = resource(stack.graph, "aws:wafv2/webAclAssociation:WebAclAssociation", "edge-waf-on-lb");
      assert.deepEqual(Object.keys(on.propertyDependencies).sort(), ["resourceArn", "webAclArn"]);
    });

    it(`guide, ${section}: location /nginx_status is the dashboard`, () => {
      assert.equal(stack.graph.byType("aws:cloudwatch/dashboard:Dashboard").length, 1);
    });

    it(`guide, ${section}: expires 5m, expires 1y and gzip on are CloudFront's, which the setting cdn adds`, () => {
      assert.deepEqual(stack.graph.byType("aws:cloudfront/distribution:Distribution"), []);
    });
  });
});
