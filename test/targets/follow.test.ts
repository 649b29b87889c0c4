import assert from "node:assert/strict";
import { type TargetName, targets } from "../../targets";
import type { Given } from "../policy/engine";
import { recorded } from "../policy/mutations/recorded";
import { tightened, withTargets } from "./changed";
import { followers } from "./followers";

describe("a changed target", function () {
  this.timeout(120_000);
  let stack: Given[];
  let unchanged: string[];
  /** What each follower makes of the targets, one of them tightened. */
  const read = (changed?: TargetName) =>
    withTargets(changed, async (load) => {
      const made: string[] = [];
      for (const follower of followers) made.push(JSON.stringify(await follower.read(load, stack)));
      return made;
    });
  before(async () => {
    stack = await recorded("prod");
    unchanged = await read();
  });

  for (const name of Object.keys(targets) as TargetName[]) {
    it(`${name}: is followed by all that is made of it, and by nothing else`, async () => {
      const after = await read(name);
      const moved = followers.filter((_, index) => after[index] !== unchanged[index]).map(({ what }) => what);
      assert.deepEqual(
        moved,
        followers.filter(({ follows }) => follows.includes(name)).map(({ what }) => what),
      );
    });
  }

  it("has at least one follower, whichever it is", () => {
    const followed = new Set(followers.flatMap(({ follows }) => follows));
    assert.deepEqual(
      Object.keys(targets).filter((name) => !followed.has(name as TargetName)),
      [],
    );
  });

  it("is as it was afterwards", async () => {
    const seen = await withTargets("cpuPeak", (load) => load<{ targets: typeof targets }>("targets").targets.cpuPeak);
    assert.deepEqual(seen, tightened(targets.cpuPeak));
    assert.equal((require("../../targets") as { targets: unknown }).targets, targets);
  });
});
