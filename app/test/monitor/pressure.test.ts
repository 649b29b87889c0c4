import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPressure } from "../../src/monitor/pressure.ts";

/** What is done at each of these measurements. */
function decisions(...percents: (number | null)[]): string[] {
  const decide = createPressure();
  return percents.map(decide).map(({ trim, shed }) => [trim && "trim", shed && "shed"].filter(Boolean).join(" "));
}

describe("memory pressure", () => {
  it("trims above 85 %, and sheds load as well if that was not enough", () => {
    assert.deepEqual(decisions(50, 86, 60), ["", "trim", ""]);
    assert.deepEqual(decisions(86, 88), ["trim", "trim shed"]);
  });

  it("sheds until the memory is well below", () => {
    assert.deepEqual(decisions(90, 90, 84, 77, 76, 84), ["trim", "trim shed", "shed", "shed", "", ""]);
  });

  it("trims first again when it comes back", () => {
    assert.deepEqual(decisions(90, 90, 50, 90, 90).slice(2), ["", "trim", "trim shed"]);
  });

  it("changes nothing while the memory is not known", () => {
    assert.deepEqual(decisions(null, 90, 90, null), ["", "trim", "trim shed", "shed"]);
  });
});
