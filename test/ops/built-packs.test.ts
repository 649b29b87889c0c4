import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtPacks } from "../../ops/packs/built";

const REPOSITORY = join(__dirname, "..", "..");

describe("built policy packs", () => {
  let root: string;
  const cache = () => join(root, "node_modules", ".cache", "policy-packs");
  const write = (path: string, text: string) => writeFileSync(join(root, path), text);
  const build = () => builtPacks(root, [join(root, "policy", "toy")])[0] ?? "";

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "built-"));
    for (const folder of ["policy/toy", "sizing", "ops/packs", "node_modules"]) {
      mkdirSync(join(root, folder), { recursive: true });
    }
    symlinkSync(join(REPOSITORY, "node_modules", "@pulumi"), join(root, "node_modules", "@pulumi"));
    for (const path of ["targets.ts", "package.json", "package-lock.json"]) write(path, "{}");
    write("ops/packs/unneeded.cjs", "");
    write("sizing/fact.ts", "export const fact = 1;");
    write("policy/toy/PulumiPolicy.yaml", "runtime: nodejs\n");
    write("policy/toy/package.json", '{ "name": "toy", "version": "1.0.0", "main": "index.ts" }');
    write("policy/toy/index.ts", 'import { fact } from "../../sizing/fact";\nconsole.log("judged by", fact);');
  });

  afterEach(() => rmSync(root, { recursive: true }));

  it("are built once for each state of the sources", () => {
    const first = build();
    assert.match(readFileSync(join(first, "index.js"), "utf8"), /fact = 1/);
    // Whoever builds again overwrites what is there.
    writeFileSync(join(first, "index.js"), "as it was");
    assert.equal(build(), first);
    assert.equal(readFileSync(join(first, "index.js"), "utf8"), "as it was");

    write("sizing/fact.ts", "export const fact = 2;");
    const second = build();
    assert.match(readFileSync(join(second, "index.js"), "utf8"), /fact = 2/);
    write("sizing/fact.ts", "export const fact = 1;");
    assert.equal(build(), first);
  });

  it("differ when a source comes or goes", () => {
    const before = build();
    write("sizing/other.json", "{}");
    const after = build();
    assert.notEqual(after, before);
    rmSync(join(root, "sizing", "other.json"));
    assert.equal(build(), before);
  });

  it("leave nothing behind when a source is wrong, and say what is", () => {
    write("policy/toy/index.ts", "const = 1;");
    assert.throws(build, /policy\/toy\/index\.ts:1:6: ERROR: Expected identifier/);
    assert.deepEqual(readdirSync(cache()), []);
  });

  it("are kept for the states of a few branches, not of all times", () => {
    for (let state = 0; state < 12; state += 1) {
      write("sizing/fact.ts", `export const fact = ${state};`);
      build();
    }
    assert.equal(readdirSync(cache()).length, 8);
    assert.match(readFileSync(join(build(), "index.js"), "utf8"), /fact = 11/);
  });
});
