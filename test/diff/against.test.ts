import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Outcome, RepositoryCopy } from "../preview/repository-copy";

const EXECUTABLE = {
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@b",
  GIT_COMMITTER_NAME: "a",
  GIT_COMMITTER_EMAIL: "a@b",
};

/** A copy of this repository with a history of its own. */
class Clone extends RepositoryCopy {
  constructor() {
    super();
    this.add("test/snapshots");
    this.git("init", "--quiet", "--initial-branch=main");
    // A link is no folder to .gitignore.
    this.write(join(".git", "info", "exclude"), "node_modules\n");
    this.commit();
  }

  git(...args: readonly string[]): string {
    return execFileSync("git", args, {
      cwd: this.root,
      encoding: "utf8",
      env: { ...process.env, ...EXECUTABLE },
    }).trim();
  }

  commit(): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", "a commit");
    return this.git("rev-parse", "HEAD");
  }
}

describe("preview against another commit", function () {
  this.timeout(180_000);
  let clone: Clone;

  beforeEach(() => {
    clone = new Clone();
  });

  afterEach(() => clone.delete());

  function refused({ code, stdout, stderr }: Outcome, message: RegExp): void {
    assert.equal(code, 2, stderr);
    assert.equal(stdout, "");
    assert.match(stderr, message);
  }

  it("shows what the work tree changes, from both programs, and leaves nothing behind", async () => {
    const trees = () => readdirSync(tmpdir()).filter((name) => name.startsWith("against-"));
    const before = trees();
    clone.append("Pulumi.prod.yaml", "  pynomaly-infra:databaseInstanceClass: db.r7g.xlarge\n");
    const { code, stdout, stderr } = await clone.preview({ AGAINST: "main" });
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^prod against main \([0-9a-f]{8}\): [^\n]*\d+ unchanged\n {2}both programs were run; their packages are the same\n/,
    );
    assert.match(stdout, /^ {2}pynomaly-infra:databaseInstanceClass {2}db\.m7g\.xlarge → db\.r7g\.xlarge$/m);
    assert.match(stdout, /^ {2}! database-.* would be interrupted: instanceClass/m);
    assert.match(stdout, /^ +was {2}16\.0 GiB: shared buffers/m);
    assert.equal(clone.git("status", "--porcelain").includes("against"), false);
    assert.deepEqual(
      trees().filter((name) => !before.includes(name)),
      [],
    );
  });

  it("exits 1 for what it refuses, and lists it in JSON; a verdict that changed too", async () => {
    const file = join("components", "database", "instance.ts");
    const program = readFileSync(join(clone.root, file), "utf8");
    clone.write(file, program.replace("storageEncrypted: true", "storageEncrypted: false"));
    const { code, stdout, stderr } = await clone.preview({ FORMAT: "json" }, "--against", "HEAD");
    assert.equal(code, 1, stderr);
    const { against } = JSON.parse(stdout);
    assert.equal(against.dangers[0].level, "refused");
    assert.ok(
      against.verdicts.some(
        ({ rule, before, after }: Record<string, string>) =>
          rule === "rds-encrypted-cmk" && before === "holds" && after === "mandatory",
      ),
    );
  });

  it("compares the committed snapshot where the other program does not run, and says so", async () => {
    clone.write("settings.ts", 'throw new Error("an old defect");\n');
    const broken = clone.commit();
    clone.git("revert", "--no-edit", "HEAD");
    const { code, stdout, stderr } = await clone.preview({ AGAINST: broken });
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /its program could not be run \(an old defect\), so its committed test\/snapshots\/prod\.json is compared/,
    );
    assert.match(stdout, /^prod against .*: \d+ unchanged$/m);
  });

  it("says that all is new where the other commit has no such stack", async () => {
    clone.git("mv", "Pulumi.prod.yaml", "Pulumi.other.yaml");
    const without = clone.commit();
    clone.git("mv", "Pulumi.other.yaml", "Pulumi.prod.yaml");
    const { code, stdout, stderr } = await clone.preview({ AGAINST: without });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^prod against .*: \d+ added, 0 unchanged\n.*has no stack prod: all of it is new/);
  });

  it("says how far this branch is behind", async () => {
    const base = clone.git("rev-parse", "HEAD");
    clone.append("README.md", "more\n");
    clone.commit();
    clone.git("checkout", "--quiet", base);
    assert.match(
      (await clone.preview({ AGAINST: "main" })).stdout,
      /main has 1 commit that this branch lacks, shown here as undone/,
    );
  });

  it("exits 2 for what names no commit, with what there is", async () => {
    refused(
      await clone.preview({ AGAINST: "mian" }),
      /AGAINST: found "mian"; allowed: a branch, a tag or a commit of this clone; there are: main\n/,
    );
    refused(await clone.preview({ AGAINST: "--help" }), /AGAINST: found "--help"/);
    rmSync(join(clone.root, ".git"), { recursive: true });
    refused(await clone.preview({ AGAINST: "main" }), /found "main", but this folder is no git clone/);
  });

  it("in a shallow clone says what to fetch", async () => {
    clone.append("README.md", "more\n");
    clone.commit();
    const shallow = mkdtempSync(join(tmpdir(), "shallow-"));
    try {
      execFileSync("git", ["clone", "--quiet", "--depth=1", `file://${clone.root}`, shallow]);
      rmSync(join(clone.root, ".git"), { recursive: true });
      cpSync(join(shallow, ".git"), join(clone.root, ".git"), { recursive: true });
      refused(
        await clone.preview({ AGAINST: "origin/release" }),
        /This clone is shallow; get it by: git fetch --depth=1 origin release:refs\/remotes\/origin\/release/,
      );
    } finally {
      rmSync(shallow, { recursive: true });
    }
  });
});
