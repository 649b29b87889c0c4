import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { snapshotOf } from "../../ops/diff/against";
import { COMMENT_MAX } from "../../ops/diff/comment";
import { compare } from "../../ops/diff/compare";
import { previewMarkdown } from "../../ops/diff/markdown";
import { previewPage } from "../../ops/diff/page/page";
import { Graph } from "../../ops/preview/graph";
import { production } from "./fixture";

const root = join(__dirname, "..", "..");
const STACK = "urn:pulumi:prod::pynomaly-infra::pulumi:pulumi:Stack::pynomaly-infra-prod";
const FILE = "test/snapshots/prod.json";

const git = (...args: readonly string[]) =>
  execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });

describe("two commits of this repository", function () {
  this.timeout(60_000);

  it("are rendered with every resource that one has and the other lacks", async () => {
    const [newest = "", oldest = ""] = [
      git("log", "-1", "--format=%H", "--", FILE),
      git("log", "--format=%H", "--reverse", "--", FILE),
    ].map((text) => text.split("\n")[0] ?? "");
    const [before, after] = [oldest, newest].map((commit) => snapshotOf(git("show", `${commit}:${FILE}`)));
    assert.ok(before && after && oldest !== newest, "the history has one commit of the snapshot only: fetch all of it");
    const { capacity, settings = {}, secrets = {} } = await production();
    assert.ok(capacity);
    const judged = { packs: [], violations: [], remediations: [], waivers: [] };
    const preview = {
      stack: "prod",
      graph: new Graph(STACK, after, {}, []),
      resources: after,
      capacity,
      settings,
      secrets,
      ...judged,
    };
    const comparison = compare({ ref: "oldest", hash: oldest, how: "snapshots", side: { resources: before } }, preview);

    const only = (these: typeof after, those: typeof after) =>
      these
        .filter(({ urn }) => !those.some((other) => other.urn === urn))
        .map(({ urn }) => urn)
        .sort();
    const of = (kind: string) =>
      comparison.changes
        .filter((change) => change.kind === kind)
        .map(({ urn }) => urn)
        .sort();
    assert.deepEqual([of("added"), of("deleted")], [only(after, before), only(before, after)]);
    assert.ok(of("added").length > 0);
    assert.ok(previewMarkdown(preview, comparison).length <= COMMENT_MAX);
    const page = previewPage(preview, comparison);
    for (const { name } of comparison.changes) assert.ok(page.includes(name), `${name} is not on the page`);
  });
});
