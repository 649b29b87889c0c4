import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { RepositoryCopy } from "../preview/repository-copy";

describe("new-rule command", function () {
  this.timeout(90_000);
  let copy: RepositoryCopy;

  beforeEach(() => {
    copy = new RepositoryCopy();
    copy.add("test/policy");
  });

  afterEach(() => copy.delete());

  const read = (path: string) => readFileSync(join(copy.root, path), "utf8");

  /** What mocha says of the copy's tests whose names match. */
  function tested(file: string, name: string): string {
    const words = ["--timeout", "60000", "--grep", name, file];
    try {
      return execFileSync("mocha", words, { cwd: copy.root, encoding: "utf8" });
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  }

  for (const pack of ["security", "resources"]) {
    it(`adds a rule to ${pack} that keeps its cases, and fails its mutation until it is filled in`, async () => {
      const added = await copy.make(
        "new-rule",
        "NAME=thing-is-sound",
        ...(pack === "security" ? [] : [`PACK=${pack}`]),
      );
      assert.equal(added.code, 0, added.stderr);
      assert.match(added.stdout, new RegExp(`wrote policy/${pack}/rules/thing-is-sound.ts`));
      assert.match(added.stdout, /Fill in:/);
      assert.match(read(`policy/${pack}/rules/index.ts`), / {2}thingIsSound,\n\] as const;/);
      execFileSync("biome", ["check", "--error-on-warnings", "policy", "test"], { cwd: copy.root, stdio: "pipe" });
      const cases = tested(`test/policy/${pack}.test.ts`, "thing-is-sound|for every rule");
      assert.match(cases, /4 passing/, cases);
      assert.doesNotMatch(cases, /failing/);
      const mutation = tested("test/policy/mutations.test.ts", "thing-is-sound");
      assert.match(mutation, /no resource to make the fault on: example false/, mutation);
    });
  }

  it("takes no name that is not new and in kebab-case, no other pack, and then writes nothing", async () => {
    const before = read("policy/security/rules/index.ts");
    for (const [args, message] of [
      [[], /NAME: found ""/],
      [["NAME=ThingIsSound"], /NAME: found "ThingIsSound"; allowed: words in kebab-case/],
      [["NAME=../thing-is"], /allowed: words in kebab-case/],
      [["NAME=delete"], /two or more/],
      [["NAME=rds-multi-az"], /NAME: found "rds-multi-az"; allowed: what is no rule's name yet/],
      [["NAME=waivers-in-force"], /no rule's name yet/],
      [["NAME=thing-is-sound", "PACK=cost"], /PACK: found "cost"; allowed: resources, security/],
    ] as const) {
      const { code, stderr } = await copy.make("new-rule", ...args);
      assert.equal(code, 2);
      assert.match(stderr, message);
    }
    assert.equal(read("policy/security/rules/index.ts"), before);
    assert.ok(!existsSync(join(copy.root, "policy/security/rules/thing-is-sound.ts")));
  });
});
