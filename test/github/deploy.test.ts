import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { jobOfEachTest } from "./job";
import { type Outcome, runStep } from "./run";
import { workflow } from "./workflows";

const COMMIT = "4f".repeat(20);
const IMAGE_REPOSITORY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/image-repository-1a2b3c4";
const DIGEST = `sha256:${"5e".repeat(32)}`;

describe("the deployment's steps", function () {
  this.timeout(60_000);
  const job = jobOfEachTest();

  beforeEach(() => mkdirSync(join(job.folder, "bin")));

  describe("before pulumi up", () => {
    const newest = () => {
      const step = workflow("deploy").jobs.up?.steps.find(({ run }) => run?.includes("newest.ts"));
      return runStep(step, { ...job.environment, GITHUB_SHA: COMMIT });
    };

    it("refuse a commit that main has left behind, as an approval that comes late would go back", async () => {
      job.github.commits.main = COMMIT;
      assert.deepEqual(await newest(), { code: 0, output: "" });
      job.github.commits.main = "00".repeat(20);
      const { code, output } = await newest();
      assert.equal(code, 1);
      assert.match(output, new RegExp(`main has moved on from ${COMMIT} to 0{40}: approve the run of that commit`));
    });
  });

  describe("for the image", () => {
    /** Stands in for a program that talks to AWS or to a registry: notes what it was called with, and answers. */
    const standIn = (name: string, script: string) => {
      const file = join(job.folder, "bin", name);
      writeFileSync(file, `#!/bin/bash\necho "${name} $*" >>"${job.folder}/calls"\n${script}\n`);
      chmodSync(file, 0o755);
    };
    const build = (): Promise<Outcome> => {
      const step = workflow("deploy").jobs.image?.steps.find(({ run }) => run !== undefined);
      return runStep(step, {
        PATH: [join(job.folder, "bin"), process.env.PATH].join(delimiter),
        IMAGE_REPOSITORY,
        GITHUB_OUTPUT: join(job.folder, "output"),
        GITHUB_SERVER_URL: "https://github.example",
        GITHUB_REPOSITORY: "team/infra",
        GITHUB_SHA: COMMIT,
      });
    };
    const read = (name: string) => readFileSync(join(job.folder, name), "utf8");

    it("build and push it with SBOM and provenance, under a tag that pulumi up never uses", async () => {
      standIn("aws", `case $2 in batch-get-image) echo None ;; get-login-password) echo password ;; esac`);
      standIn("dpkg", "echo amd64");
      standIn(
        "docker",
        // Who pipes the password into it fails where nothing reads it.
        `if [ "$1" = login ]; then cat >/dev/null; elif [ "$2" = build ]; then
          while [ $# -gt 1 ]; do [ "$1" = --metadata-file ] && echo '{"containerimage.digest":"${DIGEST}"}' >"$2"; shift; done
        fi; true`,
      );
      const { code, output } = await build();
      assert.equal(code, 0, output);
      assert.equal(read("output"), `reference=${IMAGE_REPOSITORY}@${DIGEST}\n`);
      const [call = ""] = read("calls")
        .split("\n")
        .filter((line) => line.startsWith("docker buildx build"));
      assert.match(call, /docker buildx build app --platform linux\/amd64 /);
      assert.match(call, new RegExp(` --tag ${IMAGE_REPOSITORY}:ci-[0-9a-f]{16} --push `));
      assert.match(call, / --sbom=true --provenance=mode=max /);
      assert.match(call, new RegExp(`--build-arg REVISION=${COMMIT}`));
    });

    it("take the one that is there when its content has not changed", async () => {
      standIn("aws", `echo ${DIGEST}`);
      standIn("docker", "exit 1");
      const { code, output } = await build();
      assert.equal(code, 0, output);
      assert.equal(read("output"), `reference=${IMAGE_REPOSITORY}@${DIGEST}\n`);
      assert.match(
        read("calls"),
        /^aws ecr batch-get-image --repository-name image-repository-1a2b3c4 --image-ids imageTag=ci-/,
      );
    });

    it("fail when the registry cannot be asked", async () => {
      standIn("aws", "echo denied >&2; exit 254");
      const { code, output } = await build();
      assert.notEqual(code, 0);
      assert.match(output, /denied/);
    });
  });
});
