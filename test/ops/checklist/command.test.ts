import assert from "node:assert/strict";
import { RepositoryCopy } from "../../preview/repository-copy";

/** The checklist's own variables; a developer's are not the test's. */
const NOTHING = { URL: "", METRICS_URL: "", DATABASE_URL: "", CACHE_URL: "", REPORT: "" };

describe("checklist command", function () {
  this.timeout(120_000);
  let copy: RepositoryCopy;

  beforeEach(() => {
    copy = new RepositoryCopy();
  });

  afterEach(() => copy.delete());

  it("passes on the production stack, and tells people what is missing", async () => {
    const { code, stdout, stderr } = await copy.checklist(NOTHING);
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^Database Performance\n {2}✔ PostgreSQL configuration optimized\n/);
    assert.match(stdout, /^ {2}DATABASE_URL=postgresql:\/\/\S+\n {6}PostgreSQL configuration optimized, Indexes /m);
    assert.match(stdout, /✔ holds {2}prod: 20 items, 19 pass, 0 fail, 1 not checked\n$/);
    assert.ok(!stdout.includes("\u001b"));
  });

  it("writes one JSON document, and Markdown of which every row is one", async () => {
    const json = await copy.checklist({ ...NOTHING, FORMAT: "json" });
    const { items, ...rest } = JSON.parse(json.stdout);
    assert.deepEqual(rest, {});
    assert.equal(items.length, 20);
    for (const item of items) assert.deepEqual(Object.keys(item), ["id", "section", "title", "status", "evidence"]);

    const markdown = await copy.checklist({ ...NOTHING, FORMAT: "markdown" });
    const rows = markdown.stdout.split("\n").filter((line) => /^\| (pass|fail|not checked) /.test(line));
    assert.equal(rows.length, 20);
    for (const row of rows) assert.equal(row.match(/(?<!\\)\|/g)?.length, 4, row);
  });

  it("exits 1 through make when an item fails, with the fault and what must be", async () => {
    copy.write("Pulumi.prod.yaml", copy.read("Pulumi.prod.yaml").replace(/^.*alarmEmails:\n.*\n/m, ""));
    copy.append("Pulumi.prod.yaml", "  pynomaly-infra:environment: development\n");
    const { code, stdout, stderr } = await copy.make("-s", "checklist", "FORMAT=markdown");
    assert.equal(code, 1, stdout + stderr);
    assert.match(stdout, /\| fail \| Alerts configured \| aws:sns\/topicSubscription[^|]*none; must be: alarmEmails/);
  });

  it("prints what README shows", async () => {
    const [, sample = ""] = /^\$ make checklist\n([^`]*)^```/m.exec(copy.read("README.md")) ?? [];
    const lines = sample.split("\n").filter((line) => line !== "" && line !== "…");
    assert.ok(lines.length > 5);
    const printed = new Set((await copy.checklist(NOTHING)).stdout.split("\n"));
    assert.deepEqual(
      lines.filter((line) => !printed.has(line)),
      [],
    );
  });

  it("exits 2 for what was given wrong, and repeats no password", async () => {
    const wrong: [Record<string, string>, RegExp][] = [
      [{ REPORT: "/nowhere.json" }, /REPORT: found no file \/nowhere\.json/],
      [{ STACK: "staging" }, /stack "staging".*there are: dev, prod/],
      [{ FORMAT: "html" }, /FORMAT: found "html"; allowed: text, markdown, json/],
      [{ URL: "api.example.com" }, /URL: found something that is no HTTP address; allowed: http:\/\/ or https:/],
      [{ URL: "https://user:hunter2@api.example.com" }, /URL: found a user or a password in the address/],
      [
        { DATABASE_URL: "mysql://u:hunter2@host/db" },
        /DATABASE_URL: found something of another form; allowed: postgres/,
      ],
      [{ DATABASE_URL: "postgresql://u:hunter2%@host/db" }, /DATABASE_URL: found a % that begins no character/],
      [{ CACHE_URL: "host:6379:hunter2" }, /CACHE_URL: found something of another form; allowed: redis:/],
      [{ METRICS_URL: "ftp://host" }, /METRICS_URL: found something that is no HTTP address/],
    ];
    copy.write("report.json", '{"version":1}');
    wrong.push([{ REPORT: `${copy.root}/report.json` }, /REPORT: found something else in .*; allowed: the JSON that/]);
    for (const [env, message] of wrong) {
      const { code, stdout, stderr } = await copy.checklist({ ...NOTHING, ...env });
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, message);
      assert.ok(!stderr.includes("hunter2"), stderr);
    }
    assert.equal((await copy.make("checklist", "STACK=staging")).code, 2);
  });
});
