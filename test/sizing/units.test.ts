import assert from "node:assert/strict";
import fc from "fast-check";
import { bytes, cpuMillis, gib, kib, kilobytes, kubernetesSize, mib, pages, postgresSize } from "../../sizing/units";

describe("units", () => {
  it("reads PostgreSQL's and Kubernetes' sizes, all binary", () => {
    assert.equal(bytes("4 GB"), 4_294_967_296);
    assert.equal(bytes("4GB"), 4_294_967_296);
    assert.equal(bytes("64 MB"), 67_108_864);
    assert.equal(bytes("8 kB"), 8192);
    assert.equal(bytes("2 TB"), 2_199_023_255_552);
    assert.equal(bytes("1Gi"), 1_073_741_824);
    assert.equal(bytes("500Mi"), 524_288_000);
    assert.equal(bytes("1.5Gi"), 1_610_612_736);
  });

  it("reads back every size that it writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 40 }), (count) => {
        assert.equal(bytes(postgresSize(kib(count))), kib(count));
        assert.equal(bytes(kubernetesSize(kib(count))), kib(count));
      }),
    );
  });

  it("writes a size in its largest exact unit", () => {
    assert.equal(postgresSize(gib(4)), "4 GB");
    assert.equal(postgresSize(mib(1536)), "1536 MB");
    assert.equal(kubernetesSize(kib(64)), "64Ki");
    assert.throws(() => postgresSize(1000), /1000 bytes/);
  });

  for (const text of ["", "4", "GB", "4 gb", "1G", "4  GB", "-1 GB", "1e3 MB", "4 GB ", "0.3 kB", "1..5Gi", "NaN Mi"]) {
    it(`refuses "${text}" as a size, naming it and the forms allowed`, () => {
      assert.throws(
        () => bytes(text),
        (error: Error) => error.message.startsWith(`"${text}" is not a size`) && error.message.includes('"64 MB"'),
      );
    });
  }

  it("refuses every text that is no number with a unit", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^\d/.test(text));
        assert.throws(() => bytes(text), /is not a size/);
      }),
    );
  });

  it("reads CPU quantities in thousandths", () => {
    assert.equal(cpuMillis("500m"), 500);
    assert.equal(cpuMillis("1"), 1000);
    assert.equal(cpuMillis("1000m"), 1000);
    assert.equal(cpuMillis("0.25"), 250);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (millis) => {
        assert.equal(cpuMillis(`${millis}m`), millis);
        assert.equal(cpuMillis((millis / 1000).toFixed(3)), millis);
      }),
    );
  });

  for (const text of ["", "m", "0.5m", "-1", "1 ", "1.2345", "500M"]) {
    it(`refuses "${text}" as a CPU quantity, naming it and the forms allowed`, () => {
      assert.throws(
        () => cpuMillis(text),
        (error: Error) => error.message.startsWith(`"${text}" is not a CPU`) && error.message.includes('"500m"'),
      );
    });
  }

  it("converts to RDS's units", () => {
    assert.equal(pages(gib(4)), 524_288);
    assert.equal(kilobytes(mib(64)), 65_536);
  });
});
