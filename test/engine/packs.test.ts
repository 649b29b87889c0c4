import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { runtime } from "@pulumi/pulumi";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { ExitCode } from "../../ops/command/errors";
import { CLI_DIRECTORY, type Engine, REPOSITORY, startEngine } from "./engine";

const run = promisify(execFile);

/** Both packs as `npm run policy:bundle` writes them. */
const BUNDLES = ["resources", "security"].map((pack) => join(REPOSITORY, "dist", "policy", pack));

describe("the bundled policy packs on Pulumi's engine", () => {
  let engine: Engine | undefined;

  before(() => run("npm", ["run", "--silent", "policy:bundle"], { cwd: REPOSITORY }));
  after(() => engine?.close());

  it("stop a preview of the production stack that makes its databases public", async () => {
    engine = await startEngine("prod", { program: join(REPOSITORY, "test/engine/programs/public-database.ts") });
    const events: EngineEvent[] = [];
    const preview = engine.stack.preview({ policyPacks: BUNDLES, onEvent: (event) => events.push(event) });
    await assert.rejects(preview);
    const found = events.flatMap(({ policyEvent }) => policyEvent ?? []);
    const mandatory = found.filter(({ enforcementLevel }) => enforcementLevel === "mandatory");
    assert.deepEqual(new Set(mandatory.map(({ policyName }) => policyName)), new Set(["rds-not-public"]));
    const packs = new Set(found.map(({ policyPackName }) => policyPackName));
    assert.deepEqual(packs, new Set(["pynomaly-resources", "pynomaly-security"]));
  });
});

describe("an exported state", () => {
  const ROOT = "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod";
  const PROVIDER = "urn:pulumi:prod::shop::pulumi:providers:aws::aws";
  const secret = { [runtime.specialSigKey]: runtime.specialSecretSig, ciphertext: "v1:abc" };
  const custom = (type: string, inputs: object) => ({
    urn: `urn:pulumi:prod::shop::${type}::orders`,
    type,
    custom: true,
    id: "1",
    inputs,
    outputs: inputs,
    parent: ROOT,
    provider: `${PROVIDER}::1`,
  });
  const resources = [
    { urn: ROOT, type: "pulumi:pulumi:Stack", custom: false },
    { urn: PROVIDER, type: "pulumi:providers:aws", custom: true, id: "1", inputs: { region: "eu-west-1" } },
    custom("aws:kms/key:Key", { policy: secret }),
    custom("aws:rds/instance:Instance", { publiclyAccessible: true, password: secret, instanceClass: secret }),
    custom("aws:lb/loadBalancer:LoadBalancer", { internal: false }),
  ];
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "exported-"));
    await writeFile(
      join(folder, "state.json"),
      JSON.stringify({ version: 3, deployment: { manifest: {}, resources } }),
    );
  });
  after(() => rm(folder, { recursive: true }));

  /** What `make policy` prints with these folders alone on the PATH, and what it says on the way. */
  async function judged(...path: readonly string[]) {
    const main = ["--require", join(REPOSITORY, "ops/preview/typescript.cjs"), join(REPOSITORY, "ops/policy/main.ts")];
    const PATH = [...path, dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter);
    const env = {
      ...process.env,
      PATH,
      STATE: join(folder, "state.json"),
      FORMAT: "json",
      PULUMI_HOME: join(folder, "home"),
    };
    return run(process.execPath, main, { env }).catch((error: { code?: number; stdout: string; stderr: string }) => {
      if (error.code === ExitCode.violated) return error;
      throw error;
    });
  }

  it("is judged by the engine as without it, where the CLI is on the PATH", async () => {
    const alone = await judged();
    assert.match(alone.stderr, /by policy\/resources and policy\/security/);
    const rules = JSON.parse(alone.stdout).violations.map(({ rule }: { rule: string }) => rule);
    for (const rule of ["rds-not-public", "kms-no-wildcard-principal", "exposure"])
      assert.ok(rules.includes(rule), rule);
    const byEngine = await judged(CLI_DIRECTORY, join(__dirname, "bin"));
    assert.match(byEngine.stderr, /by pulumi policy analyze/);
    assert.equal(byEngine.stdout, alone.stdout);
  });
});
