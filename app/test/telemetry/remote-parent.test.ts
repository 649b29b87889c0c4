import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { remoteParent } from "../../src/telemetry/remote-parent.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "b7ad6b7169203331";
const ROOT = "1-67891233-abcdef012345678912345678";
const ROOT_TRACE = "67891233abcdef012345678912345678";

describe("the parent that a request names", () => {
  for (const [flags, sampled] of [
    ["01", true],
    ["00", false],
    ["03", true],
  ] as const) {
    it(`is traceparent's, sampled or not: ${flags}`, () => {
      assert.deepEqual(remoteParent({ traceparent: `00-${TRACE}-${SPAN}-${flags}` }), {
        traceId: TRACE,
        span: { id: SPAN, sampled },
      });
    });
  }

  it("is that of a later version, of which only what is known is read", () => {
    assert.equal(remoteParent({ traceparent: `01-${TRACE}-${SPAN}-01-more` })?.traceId, TRACE);
  });

  for (const traceparent of [
    "",
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-01-more`,
    `ff-${TRACE}-${SPAN}-01`,
    `00-${"0".repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${"0".repeat(16)}-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\n`,
  ]) {
    it(`is none in ${JSON.stringify(traceparent)}`, () => assert.equal(remoteParent({ traceparent }), undefined));
  }

  it("is the load balancer's trace, without a span", () => {
    assert.deepEqual(remoteParent({ "x-amzn-trace-id": `Root=${ROOT}` }), { traceId: ROOT_TRACE });
    const self = `Self=1-67891234-12456789abcdef012345678;Root=${ROOT};CalledFrom=app`;
    assert.deepEqual(remoteParent({ "x-amzn-trace-id": self }), { traceId: ROOT_TRACE });
  });

  it("is X-Ray's span where the sampling is decided", () => {
    const header = (sampled: string) => ({ "x-amzn-trace-id": `Root=${ROOT}; Parent=${SPAN}; Sampled=${sampled}` });
    assert.deepEqual(remoteParent(header("1"))?.span, { id: SPAN, sampled: true });
    assert.deepEqual(remoteParent(header("0"))?.span, { id: SPAN, sampled: false });
    assert.deepEqual(remoteParent(header("?")), { traceId: ROOT_TRACE });
  });

  it("is traceparent's where there are both", () => {
    const headers = { traceparent: `00-${TRACE}-${SPAN}-01`, "x-amzn-trace-id": `Root=${ROOT}` };
    assert.equal(remoteParent(headers)?.traceId, TRACE);
  });

  for (const header of ["Root=1-67891233-abcdef", "Root=2-67891233-abcdef012345678912345678", "nonsense", "Root"]) {
    it(`is none in X-Amzn-Trace-Id: ${header}`, () => {
      assert.equal(remoteParent({ "x-amzn-trace-id": header }), undefined);
    });
  }
});
