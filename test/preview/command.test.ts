import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { packs } from "../../policy/packs";
import { PRICES_FILE } from "../../sizing/prices";
import { MADE_UP_PRICES } from "../policy/made-up-prices";
import { type Outcome, RepositoryCopy } from "./repository-copy";

const VIOLATION = `
new aws.rds.Instance("loose", { instanceClass: "db.t4g.micro", multiAz: false }, { provider });
`;

describe("preview command", function () {
  this.timeout(60_000);
  let copy: RepositoryCopy;

  beforeEach(() => {
    copy = new RepositoryCopy();
  });

  afterEach(() => copy.delete());

  /** One error, no document, no stack trace. */
  function refused({ code, stdout, stderr }: Outcome, expected: number, message: RegExp): void {
    assert.equal(code, expected, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.equal(stderr.match(/error:/g)?.length, 1, stderr);
    assert.doesNotMatch(stderr, /^\s+at /m);
  }

  it("prints one JSON document, the same bytes in two runs, and progress elsewhere", async () => {
    const first = await copy.preview({ FORMAT: "json" });
    const second = await copy.preview({}, "--format", "json", "--stack", "prod");
    assert.equal(first.code, 0, first.stderr);
    assert.equal(first.stdout, second.stdout);
    const document = JSON.parse(first.stdout);
    assert.deepEqual(Object.keys(document), [
      "capacity",
      "cost",
      "outputs",
      "resources",
      "stack",
      "violations",
      "waivers",
    ]);
    assert.deepEqual(Object.keys(document.resources[0]), ["inputs", "name", "options", "parent", "type", "urn"]);
    const urns = document.resources.map(({ urn }: { urn: string }) => urn);
    assert.deepEqual(urns, [...urns].sort());
    assert.match(first.stderr, /prod: running the program/);
  });

  it("prints what README shows", async () => {
    const readme = readFileSync(join(copy.root, "README.md"), "utf8");
    const [, sample = ""] = /^\$ make preview\n([^`]*)^```/m.exec(readme) ?? [];
    const lines = sample.split("\n").filter((line) => line !== "" && line !== "…");
    const { stdout, stderr } = await copy.preview();
    const printed = new Set([...stderr.split("\n"), ...stdout.split("\n")]);
    assert.ok(lines.length > 10, readme);
    assert.deepEqual(
      lines.filter((line) => !printed.has(line)),
      [],
    );
  });

  it("prints the tree, the plan, the verdicts and one summary line; no colours outside a terminal", async () => {
    const { code, stdout } = await copy.preview({ STACK: "dev", FORCE_COLOR: "1" });
    assert.equal(code, 0);
    assert.match(stdout, /^dev {2}\d+ resources/);
    assert.match(stdout, /^Capacity\n/m);
    assert.match(stdout, /pynomaly-security .*: \d+ rules evaluated/);
    for (const { id } of packs.flatMap(({ rules }) => [...rules])) {
      assert.match(stdout, new RegExp(`^ +(✔|[!?]).*\\b${id}\\b`, "m"), `no verdict of ${id}`);
    }
    assert.match(stdout, /✔ holds {2}dev: \d+ resources, .*\n$/);
    assert.ok(!stdout.includes("\u001b"));
  });

  it("exits 1 and names the rule when a mandatory rule is violated in prod; in dev it is advice", async () => {
    copy.append("index.ts", VIOLATION);
    const prod = await copy.preview();
    assert.equal(prod.code, 1, prod.stderr);
    assert.match(prod.stdout, /✖ mandatory rds-multi-az[^\n]*\n[^\n]*::loose\n/);
    assert.match(prod.stdout, /✖ violated {2}prod: [^\n]*\n$/);
    const dev = await copy.preview({ STACK: "dev" });
    assert.equal(dev.code, 0, dev.stdout);
    assert.match(dev.stdout, /! advisory /);
  });

  it("exits with the same codes through make, which has but one for a recipe that fails", async () => {
    assert.equal((await copy.make("preview", "STACK=dev")).code, 0);
    assert.equal((await copy.make("preview", "STACK=other")).code, 2);
    assert.deepEqual(readdirSync(join(copy.root, ".cache")), []);
    copy.append("index.ts", VIOLATION);
    const violated = await copy.make("-s", "preview", "FORMAT=json");
    assert.equal(violated.code, 1, violated.stderr);
    assert.ok(JSON.parse(violated.stdout).violations.some(({ rule }: { rule: string }) => rule === "rds-multi-az"));
  });

  it("keeps what the program prints out of the document", async () => {
    copy.append("index.ts", '\nconsole.log("noise");\nprocess.stdout.write("noise");\n');
    const { code, stdout, stderr } = await copy.preview({ FORMAT: "json" });
    assert.equal(code, 0, stderr);
    assert.ok(JSON.parse(stdout));
    assert.match(stderr, /noise\nnoise/);
  });

  it("exits with the verdict when its reader has seen enough, and 3 when the document cannot be written", async () => {
    copy.append("index.ts", VIOLATION);
    const preview = "node --require ./ops/preview/typescript.cjs ops/preview/main.ts";
    copy.write("Makefile", `read:\n\t@{ ${preview}; echo "code $$?" >&2; } | true\nfull:\n\t@${preview} >/dev/full\n`);
    assert.match((await copy.make("read")).stderr, /code 1$/m);
    if (existsSync("/dev/full")) assert.match((await copy.make("full")).stderr, /error: ENOSPC.*\n.*Error 3/);
  });

  it("never takes another preview's exit code, nor that of none, for its own", async () => {
    const [wrong, right] = await Promise.all([copy.make("preview", "STACK=other"), copy.make("preview")]);
    assert.deepEqual([wrong.code, right.code], [2, 0]);
    rmSync(join(copy.root, ".cache"), { recursive: true });
    copy.write(".cache", "in the way");
    assert.equal((await copy.make("preview")).code, 2);
  });

  it("exits 1 when a policy pack throws, since the policies are not shown to hold", async () => {
    copy.write("policy/broken/PulumiPolicy.yaml", "runtime: nodejs\n");
    copy.write("policy/broken/package.json", '{ "name": "broken", "version": "1.0.0", "main": "index.ts" }');
    copy.write("policy/broken/index.ts", 'throw new TypeError("kaput");\n');
    refused(await copy.preview(), 1, /policy pack policy\/broken did not start: TypeError: kaput/);
  });

  it("exits 2 for a stack that is not there, listing those that are", async () => {
    refused(await copy.preview({ STACK: "staging" }), 2, /stack "staging".*there are: dev, prod/);
    refused(await copy.preview({ STACK: "../prod" }), 2, /there are: dev, prod/);
  });

  it("exits 2 for a format or an option that it does not know", async () => {
    refused(await copy.preview({ FORMAT: "yaml" }), 2, /FORMAT: found "yaml"; allowed: text, json, markdown, html/);
    refused(await copy.preview({}, "--color"), 2, /command line: Unknown option '--color'/);
  });

  it("exits 2 for malformed YAML, with file and line", async () => {
    copy.append("Pulumi.prod.yaml", "  - [\n");
    refused(await copy.preview(), 2, /Pulumi\.prod\.yaml:\d+: /);
  });

  it("exits 2 with every wrong setting at once", async () => {
    copy.append(
      "Pulumi.prod.yaml",
      "  pynomaly-infra:cachNodeType: x\n  pynomaly-infra:availabilityZones: [us-east-1a]\n",
    );
    const outcome = await copy.preview();
    refused(outcome, 2, /cachNodeType: found an unknown key/);
    assert.match(outcome.stderr, /availabilityZones: found/);
  });

  it("exits 2 for a database class without enough memory", async () => {
    copy.append("Pulumi.prod.yaml", "  pynomaly-infra:databaseMaxConnections: 5000\n");
    refused(await copy.preview(), 2, /Pulumi\.prod\.yaml: .*database/s);
  });

  it("exits 2 for policy configuration of an unknown rule", async () => {
    copy.write("policy/config/prod.json", '{ "rds-multi-as": "disabled" }');
    refused(await copy.preview(), 2, /policy\/config\/prod\.json: rds-multi-as: no policy pack has a rule/);
  });

  it("exits 2 for a malformed waiver, naming the file and what is allowed", async () => {
    copy.append(
      "policy/waivers.ts",
      'waive("rds-multi-az", "urn:pulumi:prod::pynomaly-infra::*", { reason: "r", owner: "o", expires: "soon" });\n',
    );
    const message =
      /error: policy\/waivers\.ts: waiver of rds-multi-az for .*: expires is "soon", not a date as YYYY-MM-DD/;
    refused(await copy.preview(), 2, message);
  });

  it("exits 2 for policy configuration that its rule does not take, and takes what it does", async () => {
    const config = {
      all: { days: 3 },
      "rds-backups": { days: "many", enforcementlevel: "advisory" },
      "tags-required": { enforcementLevel: "advisery", tags: [] },
    };
    copy.write("policy/config/prod.json", JSON.stringify(config));
    const path = "policy/config/prod.json";
    const level =
      /tags-required: enforcementLevel: found "advisery"; allowed: advisory, mandatory, remediate, disabled/;
    refused(await copy.preview(), 2, level);

    copy.write(path, JSON.stringify({ ...config, "tags-required": { tags: [] } }));
    const { code, stderr } = await copy.preview();
    assert.equal(code, 2);
    for (const said of [
      "error: policy/config/prod.json:",
      "  all: days: found an unknown property; allowed: enforcementLevel",
      '  rds-backups: days: found "many"; allowed: an integer, 1 to 35',
      "  rds-backups: enforcementlevel: found an unknown property; allowed: enforcementLevel, days",
      "  tags-required: tags: found []; allowed: a list of 1 or more texts",
    ]) {
      assert.ok(stderr.split("\n").includes(said), `${said} is missing in\n${stderr}`);
    }

    copy.write(path, JSON.stringify({ "rds-backups": { days: 35 } }));
    const stricter = await copy.preview();
    assert.equal(stricter.code, 1, stricter.stderr);
    assert.match(stricter.stdout, /✖ mandatory rds-backups.*\n.*\n.*\n +found: .* is 14\n +judged by: days = 35\n/);
  });

  it("mends what the policy configuration says to, and says so", async () => {
    copy.append("index.ts", '\nnew aws.kms.Key("loose", {}, { provider, protect: true });\n');
    assert.match((await copy.preview()).stdout, /✖ mandatory kms-rotation [^\n]*\n[^\n]*::loose\n/);
    copy.write("policy/config/prod.json", '{ "kms-rotation": "remediate" }');
    const { code, stdout } = await copy.preview();
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^ +mended kms-rotation {2}loose$/m);
  });

  it("shows the monthly cost by the prices that are there, and holds it to a cap; without prices it says so", async () => {
    const cap = '{ "cost-cap": { "usdPerMonth": 100 } }';
    copy.write("policy/config/prod.json", cap);
    const unknown = await copy.preview();
    assert.equal(unknown.code, 0, unknown.stdout);
    assert.match(unknown.stdout, /^ +monthly cost +not known: make prices /m);
    assert.match(
      unknown.stdout,
      /^ +\? cost-cap .*: found: no prices: make prices .*; usdPerMonth allows 100\.00 USD$/m,
    );
    copy.write(PRICES_FILE, JSON.stringify({ regions: MADE_UP_PRICES }));
    const { code, stdout } = await copy.preview();
    assert.equal(code, 1, stdout);
    const [, shown = ""] =
      /^ +monthly cost +([\d,.]+ USD to [\d,.]+ USD) by prices of us-east-1 of 2026-11-23; not counted: /m.exec(
        stdout,
      ) ?? [];
    const [least, most] = shown.split(" to ");
    assert.match(stdout, /✖ mandatory cost-cap/);
    assert.ok(
      stdout.includes(`found: at the most ${most} a month (${least} at the least) by prices of us-east-1`),
      stdout,
    );
  });

  it("exits 3 when the program itself is broken; DEBUG shows where", async () => {
    copy.append("index.ts", '\nthrow new Error("a defect");\n');
    refused(await copy.preview(), 3, /error: a defect/);
    const { stderr } = await copy.preview({ DEBUG: "1" });
    assert.match(stderr, /at .*index\.ts:\d+/);
  });

  it("exits 3 naming a resource without a provider, as default providers are disabled", async () => {
    copy.append("index.ts", '\nnew aws.ec2.Vpc("forgotten");\n');
    refused(await copy.preview(), 3, /forgotten \[aws:ec2\/vpc:Vpc\]: it has no explicit provider/);
  });
});
