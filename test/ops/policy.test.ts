import assert from "node:assert/strict";
import { chmodSync, readdirSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { runtime } from "@pulumi/pulumi";
import { readState } from "../../ops/policy/state";
import { type Outcome, RepositoryCopy } from "../preview/repository-copy";

const PASSWORD = "correct horse battery staple";
const ROOT = "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod";
const PROVIDER = "urn:pulumi:prod::shop::pulumi:providers:aws::aws";
const KEY = "urn:pulumi:prod::shop::shop:security:Keys$aws:kms/key:Key::orders";

type Resource = Readonly<Record<string, unknown>>;

const secret = (content: Resource): Resource => ({ [runtime.specialSigKey]: runtime.specialSecretSig, ...content });

/** What the engine writes of a small stack: of a key that keeps every rule, and of something else. */
function exported(...others: readonly Resource[]): string {
  const key = { enableKeyRotation: true, isEnabled: true, deletionWindowInDays: 30 };
  const tags = { Project: "shop", Environment: "prod", Owner: "shop", CostCenter: "1" };
  const resources = [
    { urn: ROOT, custom: false, type: "pulumi:pulumi:Stack" },
    { urn: PROVIDER, custom: true, id: "1", type: "pulumi:providers:aws", inputs: { region: "eu-west-1" } },
    {
      urn: KEY,
      custom: true,
      id: "2",
      type: "aws:kms/key:Key",
      inputs: { ...key, policy: secret({ ciphertext: "v1:abc" }), tags, tagsAll: tags },
      outputs: { ...key, id: "2", policy: secret({ ciphertext: "v1:abc" }), tags, tagsAll: tags },
      parent: ROOT,
      provider: `${PROVIDER}::1`,
      protect: true,
      propertyDependencies: { description: null },
      customTimeouts: { create: 90 },
    },
    ...others,
  ];
  return JSON.stringify({ version: 3, deployment: { manifest: {}, resources } });
}

/** A public database, with a password as `--show-secrets` writes it. */
function database(urn = "urn:pulumi:prod::shop::aws:rds/instance:Instance::orders", more: Resource = {}): Resource {
  const password = secret({ plaintext: JSON.stringify(PASSWORD) });
  const inputs = { publiclyAccessible: true, password, engine: password };
  return {
    urn,
    custom: true,
    id: "3",
    type: "aws:rds/instance:Instance",
    inputs,
    outputs: inputs,
    parent: ROOT,
    ...more,
  };
}

describe("policy command", function () {
  this.timeout(60_000);
  let copy: RepositoryCopy;

  beforeEach(() => {
    copy = new RepositoryCopy();
  });

  afterEach(() => copy.delete());

  function judge(state: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    copy.write("state.json", state);
    return copy.policy({ STATE: join(copy.root, "state.json"), ...env });
  }

  /** One error, no document. */
  function refused({ code, stdout, stderr }: Outcome, message: RegExp): void {
    assert.equal(code, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, message);
    assert.equal(stderr.match(/error:/g)?.length, 1, stderr);
    assert.doesNotMatch(stderr, /^\s+at /m);
  }

  const rulesIn = ({ stdout }: Outcome) => JSON.parse(stdout).violations.map(({ rule }: { rule: string }) => rule);

  it("judges a state by the configuration of its own stack, and says whether it holds", async () => {
    copy.write("policy/config/prod.json", JSON.stringify({ "waivers-in-force": "disabled" }));
    const clean = await judge(exported());
    assert.equal(clean.code, 0, clean.stdout + clean.stderr);
    assert.match(clean.stdout, /waivers-in-force\n/);
    assert.match(clean.stdout, /^Waivers\n {2}none$/m);
    assert.match(clean.stdout, /✔ holds {2}prod: 2 resources, [^\n]*\n$/);
    const violated = await judge(exported(database()));
    assert.equal(violated.code, 1, violated.stderr);
    assert.match(violated.stdout, /✖ mandatory rds-not-public[^\n]*\n[^\n]*::orders\n/);
    assert.match(violated.stdout, /✖ violated {2}prod: 3 resources, [^\n]*\n$/);
    copy.write("policy/config/dev.json", JSON.stringify({ all: "advisory" }));
    const dev = await judge(exported(database()).replaceAll("pulumi:prod::", "pulumi:dev::"));
    assert.equal(dev.code, 0, dev.stderr);
    assert.match(dev.stdout, /! advisory rds-not-public/);
  });

  it("prints one JSON document, and nothing of a secret, be it encrypted or not", async () => {
    const state = exported(database());
    const plain = await judge(state, { FORMAT: "json", DEBUG: "1" });
    assert.deepEqual(Object.keys(JSON.parse(plain.stdout)), ["stack", "violations", "waivers"]);
    assert.ok(rulesIn(plain).includes("rds-not-public"));
    const encrypted = await judge(state.replaceAll(/"plaintext":"[^,}]*"/g, '"ciphertext":"v1:def"'), {
      FORMAT: "json",
    });
    assert.equal(plain.stdout, encrypted.stdout);
    for (const { stdout, stderr } of [plain, encrypted, await judge(state)]) {
      assert.ok(!(stdout + stderr).includes(PASSWORD));
      assert.doesNotMatch(stdout + stderr, /v1:|ciphertext|4dabf18193072939515e22adb298388d/);
    }
  });

  it("judges nothing that waits for its deletion, nothing that the stack only read", async () => {
    const other = "urn:pulumi:prod::shop::aws:rds/instance:Instance::other";
    const state = exported(database(undefined, { delete: true }), database(other, { external: true }));
    assert.match((await judge(state)).stdout, /✔ holds {2}prod: 2 resources/);
  });

  it("exits with the same codes through make", async () => {
    copy.write("state.json", exported());
    assert.equal((await copy.make("policy", "STATE=state.json")).code, 0);
    assert.equal((await copy.make("policy")).code, 2);
    copy.write("state.json", exported(database()));
    const violated = await copy.make("-s", "policy", "STATE=state.json", "FORMAT=json");
    assert.equal(violated.code, 1, violated.stderr);
    assert.ok(rulesIn(violated).includes("rds-not-public"));
    assert.deepEqual(readdirSync(join(copy.root, ".cache")), []);
    // One that is violated decides for both.
    assert.equal((await copy.make("preview", "policy", "STATE=state.json")).code, 1);
  });

  describe("with a Pulumi CLI on the PATH", () => {
    /** Stands in for the CLI: says what `policy analyze --help` says, and does the rest. */
    function cli(help: string, analyze: string): Readonly<Record<string, string>> {
      const script = `#!/bin/sh\ncase "$*" in *--help) echo "${help}";; *) ${analyze};; esac\n`;
      copy.write("bin/pulumi", script);
      chmodSync(join(copy.root, "bin", "pulumi"), 0o755);
      return { PATH: `${join(copy.root, "bin")}${delimiter}${process.env.PATH}` };
    }

    it("judges by itself where the CLI knows no state in a file", async () => {
      const { code, stderr } = await judge(exported(), cli("--stack string", "exit 1"));
      assert.equal(code, 0, stderr);
      assert.match(stderr, /judging 2 resources by policy\/resources and policy\/security/);
    });

    it("leaves the judgement to it, and shows it no secret", async () => {
      const summary = '{"summaryEvent":{"PolicyPacks":{"pynomaly-security":"0.1.0"}}}';
      const seen = join(copy.root, "seen.json");
      const { code, stdout, stderr } = await judge(
        exported(database()),
        cli("--file string", `cp "$4" ${seen}; echo '${summary}'`),
      );
      assert.equal(code, 0, stderr);
      assert.match(stderr, /judging 3 resources by pulumi policy analyze/);
      assert.match(stdout, /pynomaly-security 0\.1\.0: \d+ rules evaluated, \d+ hold/);
      const shown = readFileSync(seen, "utf8");
      assert.ok(shown.includes("publiclyAccessible") && shown.includes(runtime.unknownValue));
      assert.ok(!shown.includes(PASSWORD) && !shown.includes("v1:abc"));
    });

    it("exits 1 where it comes to no verdict, saying why", async () => {
      const failing = cli("--file string", "echo 'error: no language host' >&2; exit 255");
      const { code, stdout, stderr } = await judge(exported(), failing);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /error: pulumi policy analyze came to no verdict: error: no language host/);
    });

    it("exits 2 for configuration of an unknown rule, which the engine would ignore", async () => {
      copy.write("policy/config/prod.json", '{ "rds-multi-as": "disabled" }');
      refused(await judge(exported(), cli("--file string", "exit 1")), /rds-multi-as: no policy pack has a rule/);
    });
  });

  it("exits 2 without a state, and for a file that is none", async () => {
    refused(await copy.policy(), /STATE: found nothing/);
    refused(await copy.policy({ STATE: "no-such.json" }), /no-such\.json: there is no such file/);
    refused(await copy.policy({ STATE: copy.root }), /EISDIR/);
    const truncated = await judge(exported(database()).slice(0, -5));
    refused(truncated, /state\.json: not JSON/);
    assert.ok(!truncated.stderr.includes(PASSWORD));
    refused(await judge("[1]"), /not written by pulumi stack export: the document: /);
    refused(await judge('{ "checkpoint": {} }'), /not written by pulumi stack export: deployment: /);
    refused(
      await judge(exported({ urn: "orders", type: "aws:rds/instance:Instance" })),
      /deployment\.resources\.3\.urn: found something else than a URN/,
    );
    refused(await judge('{ "version": 3, "deployment": { "manifest": {} } }'), /the stack has no resources/);
    refused(await judge(exported(), { FORMAT: "yaml" }), /FORMAT: found "yaml"/);
  });

  it("shows the policies names, options, provider and relations as the engine would", () => {
    copy.write("state.json", exported(database(undefined, { propertyDependencies: { kmsKeyId: [KEY] } })));
    const { project, stack, registrations } = readState(join(copy.root, "state.json"), "state.json");
    assert.deepEqual([project, stack], ["shop", "prod"]);
    const [root, ...others] = registrations.map(({ resource }) => resource);
    assert.equal(root?.urn, ROOT);
    const key = others.find(({ urn }) => urn === KEY);
    assert.deepEqual(
      [key?.name, key?.parent, key?.provider, key?.options.protect, key?.options.customTimeouts],
      ["orders", ROOT, PROVIDER, true, { create: "90s" }],
    );
    assert.equal(key?.inputs.policy, "[secret]");
    const orders = others.find(({ type }) => type === "aws:rds/instance:Instance");
    assert.deepEqual(orders?.propertyDependencies, { kmsKeyId: [KEY] });
    assert.ok(!JSON.stringify(registrations.map(({ inputs }) => inputs.toJavaScript())).includes(PASSWORD));
  });
});
