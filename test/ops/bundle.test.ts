import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import { type PackProcess, startPack } from "../../ops/preview/pack-process";
import { evaluatePolicies } from "../../ops/preview/policies";
import { recordProgram } from "../../ops/preview/recorder";
import { dependencies } from "../../package.json";
import { packs } from "../../policy/packs";
import { RepositoryCopy } from "../preview/repository-copy";

describe("bundled policy packs", function () {
  this.timeout(60_000);
  const root = mkdtempSync(join(tmpdir(), "bundles-"));
  const started: PackProcess[] = [];

  before(() => {
    const copy = new RepositoryCopy();
    try {
      execFileSync("npm", ["run", "--silent", "policy:bundle"], { cwd: copy.root });
      cpSync(join(copy.root, "dist", "policy"), root, { recursive: true });
    } finally {
      // What the bundles still needed of the sources they would miss from here on.
      copy.delete();
    }
  });

  after(async () => {
    await Promise.all(started.map((pack) => pack.stop()));
    rmSync(root, { recursive: true });
  });

  for (const [folder, rule] of [
    ["resources", "rds-multi-az"],
    ["security", "rds-not-public"],
  ] as const) {
    it(`${folder} is a folder that stands alone`, () => {
      const files = readdirSync(join(root, folder)).sort();
      assert.deepEqual(files, ["PulumiPolicy.yaml", "RULES.md", "index.js", "package.json"]);
      const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
      assert.equal(manifest.name, `pynomaly-${folder}`);
      assert.equal(manifest.main, "index.js");
      assert.deepEqual(manifest.dependencies, {
        "@pulumi/policy": dependencies["@pulumi/policy"],
        "@pulumi/pulumi": dependencies["@pulumi/pulumi"],
      });
      const page = readFileSync(join(root, folder, "RULES.md"), "utf8");
      const ids = packs.find(({ name }) => name === manifest.name)?.rules.map(({ id }) => id) ?? [];
      for (const id of ids) assert.ok(page.includes(`\n### ${id}\n`), id);
      assert.equal(page.match(/^## /gm)?.length, 1);
    });

    it(`${folder} judges as the sources do, with nothing installed beside it`, async () => {
      const { registrations } = await recordProgram(() => {
        const provider = new aws.Provider("aws", { region: "eu-west-1" });
        const open = { instanceClass: "db.t4g.micro", publiclyAccessible: true, multiAz: false } as const;
        new aws.rds.Instance("orders", open, { provider });
      });
      const violationsOf = async (pack: PackProcess) => {
        started.push(pack);
        const context = { project: "pynomaly-infra", stack: "test", config: new Map(), configPath: "none" };
        return (await evaluatePolicies([pack], registrations, context)).violations;
      };
      const repository = join(__dirname, "..", "..");
      const bundled = await violationsOf(startPack(join(root, folder), folder));
      assert.ok(bundled.some((violation) => violation.rule === rule && violation.urn.endsWith("::orders")));
      assert.deepEqual(bundled, await violationsOf(startPack(join(repository, "policy", folder), folder)));
    });
  }
});
