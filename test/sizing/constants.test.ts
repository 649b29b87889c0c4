import assert from "node:assert/strict";
import { AUTOSCALING, podsWithSurge } from "../../sizing/autoscaling";
import { LIMITS } from "../../sizing/limits";
import { SERVICE } from "../../sizing/service";

describe("the guide's numbers for Kubernetes", () => {
  it("guide, Kubernetes Resource Optimization: containerPort 8000, /health and /ready in namespace pynomaly", () => {
    assert.equal(SERVICE.port, 8000);
    assert.equal(SERVICE.livenessPath, "/health");
    assert.equal(SERVICE.readinessPath, "/ready");
    assert.equal(SERVICE.namespace, "pynomaly");
    assert.equal(SERVICE.name, "pynomaly-api");
  });

  it("guide, Kubernetes Resource Optimization: memory averageUtilization 80", () => {
    assert.equal(AUTOSCALING.memoryUtilizationPercent, 80);
  });

  it("guide, Kubernetes Resource Optimization: scaleDown 300 s, 50 % each 60 s", () => {
    assert.deepEqual(AUTOSCALING.scaleDown, { stabilizationWindowSeconds: 300, percent: 50, periodSeconds: 60 });
  });

  it("guide, Kubernetes Resource Optimization: scaleUp 60 s, 100 % each 15 s", () => {
    assert.deepEqual(AUTOSCALING.scaleUp, { stabilizationWindowSeconds: 60, percent: 100, periodSeconds: 15 });
  });

  it("guide, Kubernetes Resource Optimization: livenessProbe 30 s, 5 s, 3 failures; readinessProbe 10 s, 3 s, 2", () => {
    assert.deepEqual(AUTOSCALING.probes.liveness, { periodSeconds: 30, timeoutSeconds: 5, failureThreshold: 3 });
    assert.deepEqual(AUTOSCALING.probes.readiness, { periodSeconds: 10, timeoutSeconds: 3, failureThreshold: 2 });
  });

  it("starts a pod in 150 s at most, in place of the guide's initialDelaySeconds", () => {
    assert.deepEqual(AUTOSCALING.probes.startup, { periodSeconds: 5, timeoutSeconds: 3, failureThreshold: 30 });
    assert.equal(AUTOSCALING.disruptionBudget.minAvailablePercent, 75);
    assert.equal(AUTOSCALING.rollout.minReadySeconds, 10);
  });

  it("guide, Kubernetes Resource Optimization: maxSurge 25%, but no pod unavailable", () => {
    assert.equal(AUTOSCALING.rollout.maxSurgePercent, 25);
    assert.equal(AUTOSCALING.rollout.maxUnavailable, 0);
    assert.equal(podsWithSurge(20), 25);
    assert.equal(podsWithSurge(1), 2);
    assert.equal(podsWithSurge(5), 7);
  });
});

describe("the guide's numbers for the edge", () => {
  it("guide, Nginx Load Balancer Configuration: rate=10r/s burst=20, as 600 in 60 s", () => {
    assert.deepEqual(LIMITS.apiRate, { requestsPerSecond: 10, burst: 20, pathPrefix: "/", requestsPerWindow: 600 });
    assert.equal(LIMITS.rateWindowSeconds, 60);
  });

  it("guide, Nginx Load Balancer Configuration: /auth rate=5r/s burst=5, as 300 in 60 s", () => {
    assert.deepEqual(LIMITS.authRate, {
      requestsPerSecond: 5,
      burst: 5,
      pathPrefix: "/api/v1/auth",
      requestsPerWindow: 300,
    });
  });

  it("guide, Nginx Load Balancer Configuration: client_max_body_size 100M", () => {
    assert.equal(LIMITS.maxBodyBytes, 104_857_600);
  });

  it("guide, Nginx Load Balancer Configuration: expires 5m, expires 1y, max-age=31536000", () => {
    assert.equal(LIMITS.apiCacheSeconds, 300);
    assert.equal(LIMITS.staticCacheSeconds, 31_536_000);
    assert.equal(LIMITS.hstsMaxAgeSeconds, 31_536_000);
  });

  it("guide, Nginx Load Balancer Configuration: gzip_min_length 1000, gzip_comp_level 6", () => {
    assert.equal(LIMITS.gzipMinBytes, 1000);
    assert.equal(LIMITS.gzipLevel, 6);
  });

  it("guide, Nginx Load Balancer Configuration: max_fails=3 fail_timeout=30s, keepalive_requests 1000", () => {
    assert.equal(LIMITS.unhealthyThreshold, 3);
    assert.equal(LIMITS.failTimeoutSeconds, 30);
    assert.equal(LIMITS.keepAliveRequests, 1000);
  });

  it("guide, Nginx Load Balancer Configuration: large_client_header_buffers 4 4k, limit_conn 10", () => {
    assert.equal(LIMITS.maxHeaderBytes, 16_384);
    assert.equal(LIMITS.connectionsPerClient, 10);
  });
});
