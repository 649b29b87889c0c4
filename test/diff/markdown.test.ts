import assert from "node:assert/strict";
import { COMMENT_MAX } from "../../ops/diff/comment";
import { compare } from "../../ops/diff/compare";
import { marker, previewMarkdown } from "../../ops/diff/markdown";
import { Graph } from "../../ops/preview/graph";
import type { Preview } from "../../ops/preview/preview";
import { type Editable, edited, named, production } from "./fixture";

const HOSTILE =
  "</code>\n\n# @everyone | <img src=x onerror=alert(1)> [x](http://evil.example) `` ![y](z) www.evil.example #1 --> :tada:";

async function previewOf(
  edit: (all: Editable[]) => undefined,
  violations: Preview["violations"] = [],
): Promise<Preview> {
  const { resources, capacity, settings, secrets } = await edited(edit);
  assert.ok(capacity && settings && secrets);
  const graph = new Graph(
    "urn:pulumi:prod::pynomaly-infra::pulumi:pulumi:Stack::pynomaly-infra-prod",
    resources,
    {},
    [],
  );
  return {
    stack: "prod",
    graph,
    resources,
    capacity,
    settings,
    secrets,
    packs: [],
    violations,
    remediations: [],
    waivers: [],
  };
}

async function commentOn(
  edit: (all: Editable[]) => undefined,
  violations: Preview["violations"] = [],
): Promise<string> {
  const preview = await previewOf(edit, violations);
  const side = { ...(await production()), judgement: { packs: [], violations: [], waivers: [] } };
  return previewMarkdown(
    preview,
    compare({ ref: "main", hash: "0".repeat(40), how: "both programs were run", side }, preview),
  );
}

describe("comment on a pull request", function () {
  this.timeout(60_000);

  it("begins with its marker and says what changed, loudly what matters", async () => {
    const text = await commentOn((all) => {
      named(all, "database-writer", "Instance").inputs.storageEncrypted = false;
    });
    assert.ok(
      text.startsWith(`${marker("prod")}\n\n### ❌ Preview of <code>prod</code> against <code>main</code>\n`),
      text.slice(0, 200),
    );
    assert.match(
      text,
      /^> \[!CAUTION\]\n> - Refused: <code>database-writer<\/code> would be replaced for storageEncrypted true → false/m,
    );
    assert.match(text, /<summary><code>database<\/code> .*1 replaced/);
    assert.match(
      text,
      /\| <code>storageEncrypted<\/code> \| <code>true<\/code> \| <code>false<\/code> \| \*\*replaced\*\* \|/,
    );
  });

  it("shows nothing that a pull request wrote as markup, link, mention or reference", async () => {
    const text = await commentOn(
      (all) => {
        const writer = named(all, "database-writer", "Instance");
        writer.inputs.instanceClass = HOSTILE;
        writer.inputs[HOSTILE] = HOSTILE;
      },
      [
        {
          pack: "p",
          rule: HOSTILE,
          severity: "high",
          enforcement: "mandatory",
          urn: `x::${HOSTILE}`,
          message: HOSTILE,
        },
      ],
    );
    const ours = text.replace(/<\/?(code|details( open)?|summary|sub|br)>|<!-- preview of prod -->/g, "");
    assert.doesNotMatch(ours, /<|-->|@e|\[x\]|!\[|http:\/\/|www\.|`|#1\b|:tada:/);
    assert.doesNotMatch(text, /^# /m);
  });

  it("fits what GitHub takes, says what it left out, and keeps the loud lines", async () => {
    const text = await commentOn((all) => {
      for (const resource of all) resource.inputs.changed = "*".repeat(5000);
      named(all, "database-writer", "Instance").inputs.publiclyAccessible = true;
      return undefined;
    });
    assert.ok(text.length <= COMMENT_MAX, String(text.length));
    assert.match(
      text,
      /\*\*\d+ more do not fit into a comment\*\*; all of it: <code>make preview STACK=prod AGAINST=main<\/code>/,
    );
    assert.match(text, /can be reached from the internet/);
    assert.equal(text.match(/<details/g)?.length, text.match(/<\/details>/g)?.length);
  });

  it("without another commit is the stack's own capacity and findings", async () => {
    const text = previewMarkdown(await previewOf(() => undefined));
    assert.match(text, /### ✅ Preview of <code>prod<\/code>\n\n\d+ resources · mandatory policies hold/);
    assert.match(text, /<summary>Capacity<\/summary>/);
  });
});
