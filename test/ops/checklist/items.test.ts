import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ChecklistItem, check } from "../../../ops/checklist/item";
import { ITEMS } from "../../../ops/checklist/items";
import type { Subject } from "../../../ops/checklist/subject";
import { Graph } from "../../../ops/preview/graph";
import { GUIDE } from "../../guide/settings";
import { EDITS } from "./edits";
import { edited, production } from "./subject";

const item = (id: string): ChecklistItem => {
  const found = ITEMS.find((candidate) => candidate.id === id);
  assert.ok(found, id);
  return found;
};

/** A property without what is in it: each parameter that is wrong has an evidence of its own. */
const kindOf = (property: string): string => property.replace(/^parameters .* in .*$/, "parameters");

describe("the checklist's items", () => {
  let prod: Subject;
  let withCdn: Subject;

  before(async function () {
    this.timeout(60_000);
    prod = await production();
    withCdn = await production({ cdn: "true" });
  });

  it("are the guide's, in its words and its order", () => {
    assert.deepEqual(
      ITEMS.map(({ title }) => title),
      GUIDE["Pre-Production Performance Checklist"],
    );
    assert.equal(new Set(ITEMS.map(({ id }) => id)).size, ITEMS.length);
  });

  it("hold for the production stack; what is not checked says what is missing", () => {
    const checked = ITEMS.map((one) => check(one, prod));
    const faults = checked.flatMap(({ evidence }) => evidence.filter(({ status }) => status === "fail"));
    assert.deepEqual(faults, []);
    assert.deepEqual(
      checked.filter(({ status }) => status !== "pass").map(({ title, status }) => [title, status]),
      [["Query performance analyzed", "not checked"]],
    );
    const silent = checked
      .flatMap(({ evidence }) => evidence)
      .filter(({ status, missing }) => (status === "not checked") !== (missing !== undefined));
    assert.deepEqual(silent, []);
  });

  // The code's faults are made below.
  for (const { id, title } of ITEMS.filter((one) => one.id !== "asynchronous")) {
    it(`see the faults of: ${title} (${id})`, () => {
      const faults = EDITS[id] ?? [];
      assert.ok(faults.length > 0, "no fault is made for it");
      const unseen: string[] = [];
      for (const edit of faults) {
        const subject = edited(withCdn, edit);
        if (subject === undefined) unseen.push(`${edit.what}: no resource`);
        else if (check(item(id), subject).status !== "fail") unseen.push(edit.what);
      }
      assert.deepEqual(unseen, []);
    });
  }

  it("fail by each policy that they name", () => {
    let tried = 0;
    for (const one of ITEMS) {
      const rules = check(one, prod).evidence.flatMap(({ subject }) => /^policy (.*)$/.exec(subject)?.[1] ?? []);
      for (const rule of rules) {
        tried += 1;
        const message = "a rule\nfound: a fault\nto mend: mend it";
        const violation = {
          pack: "p",
          rule,
          severity: "low",
          enforcement: "advisory",
          urn: "urn::t::thing",
          message,
        } as const;
        const { status, evidence } = check(one, { ...prod, judgement: { ...prod.judgement, violations: [violation] } });
        assert.equal(status, "fail", rule);
        const fault = evidence.find((found) => found.status === "fail");
        assert.deepEqual([fault?.subject, fault?.found, fault?.expected], ["thing", "a fault", "mend it"]);
        const packs = prod.judgement.packs.map((pack) => ({
          ...pack,
          evaluated: pack.evaluated.filter((id) => id !== rule),
        }));
        const disabled = check(one, { ...prod, judgement: { packs, violations: [] } }).evidence;
        assert.ok(disabled.some(({ subject, status }) => subject === `policy ${rule}` && status === "not checked"));
      }
    }
    assert.ok(tried > 30, String(tried));
  });

  it("see pods that do not wait for the schema", () => {
    const resources = prod.graph.resources.map((resource) =>
      resource.name === "api-deployment" ? { ...resource, options: { dependsOn: [] } } : resource,
    );
    const { stack, outputs, invokes } = prod.graph;
    const subject = { ...prod, graph: new Graph(stack, resources, outputs, invokes) };
    const fault = check(item("indexes-created"), subject).evidence.find(({ status }) => status === "fail");
    assert.deepEqual([fault?.subject, fault?.property], ["api-deployment", "dependsOn"]);
  });

  it("hold for a stack with a CDN, and see that it lacks one which it is to have", () => {
    assert.equal(check(item("cdn"), withCdn).status, "pass");
    assert.equal(check(item("cdn"), { ...prod, settings: withCdn.settings }).status, "fail");
  });

  it("see code that blocks, a Dockerfile in one stage, and a service without indexes or framework", () => {
    const root = mkdtempSync(join(tmpdir(), "checklist-"));
    try {
      cpSync(join(prod.root, "app"), join(root, "app"), {
        recursive: true,
        filter: (path) => !/\/app\/(node_modules|test|models)$/.test(path),
      });
      const subject = { ...prod, root };
      const status = (id: string) => check(item(id), subject).status;
      const change = (file: string, edit: (text: string) => string) =>
        writeFileSync(join(root, file), edit(readFileSync(join(root, file), "utf8")));
      assert.equal(status("asynchronous"), "pass");
      change("app/src/http/health.ts", (text) => `import { readFileSync } from "node:fs";\n${text}`);
      const { evidence } = check(item("asynchronous"), subject);
      assert.deepEqual(
        evidence.find((one) => one.status === "fail"),
        {
          source: "code",
          status: "fail",
          subject: "app/src/http/health.ts",
          property: "blocking calls",
          found: "readFileSync",
          expected: "the asynchronous form",
        },
      );

      assert.equal(status("image-optimized"), "pass");
      change("app/Dockerfile", (text) => text.replace(/^USER .*$/m, ""));
      assert.equal(status("image-optimized"), "fail");

      rmSync(join(root, "app/migrations"), { recursive: true });
      mkdirSync(join(root, "app/migrations"));
      assert.equal(status("indexes-created"), "fail");
      change("app/package.json", (text) => text.replace('"fastify":', '"express":'));
      assert.equal(status("fast-server"), "fail");
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it("have a fault for every property of the stack that they show", () => {
    const unseen = ITEMS.flatMap((one) => {
      const faults = (EDITS[one.id] ?? []).flatMap((edit) => {
        const subject = edited(withCdn, edit);
        return subject === undefined ? [] : check(one, subject).evidence.filter(({ status }) => status === "fail");
      });
      const failing = new Set(faults.flatMap(({ property }) => property ?? []).map(kindOf));
      return (
        check(one, withCdn)
          .evidence.filter(({ source, subject }) => source === "stack" && !subject.startsWith("policy "))
          .flatMap(({ property }) => property ?? [])
          // No property but an option, whose fault is made above.
          .filter((property) => property !== "dependsOn" && !failing.has(kindOf(property)))
          .map((property) => `${one.id}: ${property}`)
      );
    });
    assert.deepEqual([...new Set(unseen)], []);
  });
});
