import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Outcome } from "./repository-copy";

/** Stands in for npm: notes its arguments, installs nothing but the folder, and fails when told to. */
const NPM = `#!/bin/sh
echo "$*" >>"$ROOT/npm.log"
if [ -n "$NPM_ERROR" ]; then echo "npm error code $NPM_ERROR" >&2; echo "npm error something long" >&2; exit 1; fi
sleep 0.3
case "$*" in *"--prefix app"*) mkdir -p app/node_modules; exit 0;; esac
case $1 in ci) rm -rf node_modules; mkdir node_modules;; esac
case "$*" in *node-*) mkdir -p node_modules/.node/node_modules/"$PLATFORM"/bin; touch node_modules/.node/node_modules/"$PLATFORM"/bin/node; chmod +x node_modules/.node/node_modules/"$PLATFORM"/bin/node;; esac
`;

const platform = `${process.platform === "darwin" && process.arch === "arm64" ? "node-bin" : "node"}-${process.platform}-${process.arch}`;

describe("ops/install", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "install-"));
    mkdirSync(join(root, "ops"));
    mkdirSync(join(root, "bin"));
    copyFileSync(join(__dirname, "..", "..", "ops", "install"), join(root, "ops", "install"));
    writeFileSync(join(root, "bin", "npm"), NPM, { mode: 0o755 });
    writeFileSync(join(root, "package-lock.json"), "{}");
    mkdirSync(join(root, "app"));
    writeFileSync(join(root, "app", "package.json"), "{}");
    writeFileSync(join(root, "app", "package-lock.json"), "{}");
    needs(">=22");
  });

  afterEach(() => rmSync(root, { recursive: true }));

  function needs(node: string): void {
    writeFileSync(
      join(root, "package.json"),
      JSON.stringify({ engines: { node }, devDependencies: { node: "24.0.1" } }),
    );
  }

  function install(mode: string, env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    const PATH = `${join(root, "bin")}:${process.env.PATH}`;
    const options = { env: { ...process.env, DEBUG: "", PATH, ROOT: root, PLATFORM: platform, ...env } };
    return new Promise((resolve) => {
      const child = execFile(join(root, "ops", "install"), [mode], options, (_error, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, stdout, stderr });
      });
    });
  }

  function calls(): string[] {
    const log = join(root, "npm.log");
    return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  }

  it("installs what a preview needs without the rest, says so on standard error, and does it once", async () => {
    const { code, stdout, stderr } = await install("preview");
    assert.equal(code, 0, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, /installing the dependencies that a preview needs/);
    assert.match(calls()[0] ?? "", /^ci --omit=dev /);
    assert.deepEqual(await install("preview"), { code: 0, stdout: "", stderr: "" });
    assert.equal(calls().length, 1);
  });

  it("takes all for a preview, but not a preview for all", async () => {
    await install("preview");
    await install("all");
    assert.match(calls()[1] ?? "", /^ci --include=dev /);
    await install("preview");
    assert.equal(calls().length, 3);
  });

  it("installs the service for all alone, and again only when its own lockfile has changed", async () => {
    const service = () => calls().filter((call) => call.includes("--prefix app"));
    await install("preview");
    assert.deepEqual(service(), []);
    await install("all");
    assert.equal(service().length, 1);
    writeFileSync(join(root, "app", "package-lock.json"), '{ "changed": true }');
    await install("preview");
    assert.equal(service().length, 1);
    await install("all");
    assert.equal(service().length, 2);
    assert.equal(calls().length, 4);
  });

  it("installs again when package-lock.json has changed", async () => {
    await install("preview");
    writeFileSync(join(root, "package-lock.json"), '{ "changed": true }');
    await install("preview");
    assert.equal(calls().length, 2);
  });

  it("also gets the pinned Node where the machine's is too old", async () => {
    needs(">=99");
    const { code, stderr } = await install("preview");
    assert.equal(code, 0, stderr);
    assert.match(stderr, /installing Node 24\.0\.1, since this machine has v\d+/);
    assert.ok(calls()[1]?.includes(`${platform}@24.0.1`));
    assert.ok(existsSync(join(root, "node_modules", ".bin", "node")));
  });

  it("takes the machine's Node from the minor version on that is asked for", async () => {
    const [major, minor] = process.versions.node.split(".").map(Number);
    needs(`>=${major}.${minor}`);
    await install("preview");
    assert.equal(calls().length, 1);
    needs(`>=${major}.${Number(minor) + 1}`);
    assert.match((await install("preview")).stderr, /installing Node 24\.0\.1/);
  });

  it("says which Node to install where there is none", async () => {
    needs(">=22.12");
    const PATH = join(root, "tools");
    mkdirSync(PATH);
    for (const tool of ["bash", "dirname", "sed"]) {
      symlinkSync(execFileSync("which", [tool], { encoding: "utf8" }).trim(), join(PATH, tool));
    }
    const { code, stderr } = await install("preview", { PATH });
    assert.equal(code, 2);
    assert.equal(stderr, "error: Node is missing: install Node 22.12 or newer, with npm\n");
  });

  it("says in one line what could not be had without a network, exits 2, and tries again next time", async () => {
    const { code, stderr } = await install("preview", { NPM_ERROR: "ENOTFOUND" });
    assert.equal(code, 2);
    assert.match(stderr, /^error: could not download the dependencies .* cannot be reached \(ENOTFOUND\)\n$/m);
    assert.doesNotMatch(stderr, /npm error/);
    assert.equal((await install("preview")).code, 0);
    assert.equal(calls().length, 2);
  });

  it("installs once for two runs at the same time", async () => {
    const outcomes = await Promise.all([install("preview"), install("preview")]);
    assert.deepEqual(
      outcomes.map(({ code }) => code),
      [0, 0],
    );
    assert.equal(calls().length, 1);
  });

  it("takes over the lock of a run that was killed", async () => {
    mkdirSync(join(root, ".cache", "install.lock"), { recursive: true });
    writeFileSync(join(root, ".cache", "install.lock", "pid"), "999999999");
    assert.equal((await install("preview")).code, 0);
  });

  it("refuses a mode that it does not know", async () => {
    const { code, stderr } = await install("everything");
    assert.equal(code, 2);
    assert.equal(stderr, "error: usage: ops/install preview|all\n");
  });
});
