import assert from "node:assert/strict";
import fc from "fast-check";
import { type Timeline, timeline, timelineProblems } from "../../sizing/timeline";

/** A timeline built from the gaps between its times, so that it is in order whenever no gap is negative. */
const fromGaps = ([
  statement = 0,
  request = 0,
  idle = 0,
  keepAlive = 0,
  headers = 0,
  delay = 0,
  drain = 0,
  grace = 0,
]: number[]): Timeline => {
  const requestTimeoutSeconds = statement + request;
  const loadBalancerIdleSeconds = requestTimeoutSeconds + idle;
  const keepAliveSeconds = loadBalancerIdleSeconds + keepAlive;
  const deregistrationDelaySeconds = requestTimeoutSeconds + delay;
  const drainSeconds = requestTimeoutSeconds + drain;
  return {
    statementTimeoutSeconds: statement,
    requestTimeoutSeconds,
    loadBalancerIdleSeconds,
    keepAliveSeconds,
    headersTimeoutSeconds: keepAliveSeconds + headers,
    preStopSeconds: delay,
    drainSeconds,
    deregistrationDelaySeconds,
    terminationGraceSeconds: delay + drainSeconds + grace,
  };
};
const gaps = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 8, maxLength: 8 });

describe("timeline", () => {
  it("is in order", () => {
    assert.deepEqual(timelineProblems(timeline), []);
  });

  it("guide, Nginx Load Balancer Configuration: proxy_read_timeout 30s", () => {
    assert.equal(timeline.requestTimeoutSeconds, 30);
  });

  it("guide, Nginx Load Balancer Configuration: keepalive_timeout 60s", () => {
    assert.equal(timeline.loadBalancerIdleSeconds, 60);
  });

  it("guide, FastAPI Application Optimization: timeout_graceful_shutdown = 30", () => {
    assert.equal(timeline.drainSeconds, 30);
  });

  it("guide, FastAPI Application Optimization: timeout_keep_alive = 30 is refused behind a load balancer of 60 s", () => {
    assert.deepEqual(timelineProblems({ ...timeline, keepAliveSeconds: 30 }), [
      "loadBalancerIdleSeconds (60) must be below keepAliveSeconds (30)",
    ]);
  });

  it("is refused with Kubernetes' default termination grace of 30 s", () => {
    assert.deepEqual(timelineProblems({ ...timeline, terminationGraceSeconds: 30 }), [
      "preStopSeconds + drainSeconds (50) must be at most terminationGraceSeconds (30)",
    ]);
  });

  const broken: [Partial<Timeline>, RegExp][] = [
    [{ statementTimeoutSeconds: 30 }, /^statementTimeoutSeconds \(30\) must be below requestTimeoutSeconds \(30\)$/],
    [
      { requestTimeoutSeconds: 60, drainSeconds: 60, deregistrationDelaySeconds: 60, terminationGraceSeconds: 80 },
      /^requestTimeoutSeconds \(60\) must be below loadBalancerIdleSeconds \(60\)$/,
    ],
    [{ headersTimeoutSeconds: 65 }, /^keepAliveSeconds \(65\) must be below headersTimeoutSeconds \(65\)$/],
    [{ drainSeconds: 29 }, /^requestTimeoutSeconds \(30\) must be at most drainSeconds \(29\)$/],
    [
      { deregistrationDelaySeconds: 29 },
      /^requestTimeoutSeconds \(30\) must be at most deregistrationDelaySeconds \(29\)$/,
    ],
    [
      { deregistrationDelaySeconds: 61 },
      /^deregistrationDelaySeconds \(61\) must be at most terminationGraceSeconds \(60\)$/,
    ],
  ];
  for (const [change, message] of broken) {
    it(`names the broken ordering alone: ${message.source.slice(1, -1)}`, () => {
      const problems = timelineProblems({ ...timeline, ...change });
      assert.equal(problems.length, 1, problems.join("; "));
      assert.match(problems[0] ?? "", message);
    });
  }

  it("finds no fault in any timeline that is in order", () => {
    fc.assert(fc.property(gaps, (list) => assert.deepEqual(timelineProblems(fromGaps(list)), [])));
  });

  it("finds a fault whenever one gap is negative", () => {
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 7 }), (list, index) => {
        const broken = timelineProblems(fromGaps(list.with(index, -(list[index] ?? 1))));
        assert.notDeepEqual(broken, []);
      }),
    );
  });
});
