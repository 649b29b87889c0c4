import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppImage, type AppImageArgs } from "../../components/image";
import { contextHash } from "../../components/image/context-hash";
import { record } from "../support/record";
import { count, resource } from "./graph";

const APP = join(__dirname, "..", "..", "app");
const GIVEN = `123456789012.dkr.ecr.eu-west-1.amazonaws.com/api@sha256:${"ab".repeat(32)}`;

const image = (changes: Partial<AppImageArgs> = {}) =>
  record(() => {
    const { reference } = new AppImage("image", {
      keyArn: "arn:cluster-key",
      context: APP,
      architecture: "amd64",
      protect: true,
      ...changes,
    });
    return { reference };
  });

const REPOSITORY = "aws:ecr/repository:Repository";
const LIFECYCLE = "aws:ecr/lifecyclePolicy:LifecyclePolicy";
const BUILD = "docker:index/image:Image";

describe("AppImage", () => {
  it("guide, Docker Container Optimization: builds the service's own image, where none is given", async () => {
    const graph = await image();
    assert.deepEqual(count(graph), { [REPOSITORY]: 1, [LIFECYCLE]: 1, [BUILD]: 1, "pynomaly:delivery:AppImage": 1 });
    assert.deepEqual(graph.invokes, []);
    const { build, buildOnPreview, registry } = resource(graph, BUILD, "image-build").inputs;
    assert.deepEqual(build, { context: APP, platform: "linux/amd64" });
    assert.equal(buildOnPreview, false);
    assert.equal(registry, undefined);
  });

  it("builds for the nodes' architecture", async () => {
    const { inputs } = resource(await image({ architecture: "arm64" }), BUILD, "image-build");
    assert.deepEqual(inputs.build, { context: APP, platform: "linux/arm64" });
  });

  it("takes the given digest as it is and needs no Docker", async () => {
    const graph = await image({ given: GIVEN });
    assert.deepEqual(count(graph), { [REPOSITORY]: 1, [LIFECYCLE]: 1, "pynomaly:delivery:AppImage": 1 });
    assert.equal(graph.outputs.reference, GIVEN);
  });

  it("keeps images in a repository that is immutable, scanned, encrypted and never emptied by accident", async () => {
    const { inputs } = resource(await image(), REPOSITORY, "image-repository");
    assert.deepEqual(inputs, {
      encryptionConfigurations: [{ encryptionType: "KMS", kmsKey: "arn:cluster-key" }],
      forceDelete: false,
      imageScanningConfiguration: { scanOnPush: true },
      imageTagMutability: "IMMUTABLE",
    });
  });

  it("lets the repository go with its images where nothing is protected", async () => {
    assert.equal(resource(await image({ protect: false }), REPOSITORY, "image-repository").inputs.forceDelete, true);
  });

  it("drops untagged images after 14 days and keeps the 30 newest", async () => {
    const { inputs } = resource(await image(), LIFECYCLE, "image-lifecycle");
    const { rules } = JSON.parse(String(inputs.policy));
    assert.deepEqual(
      rules.map(({ selection, action }: { selection: object; action: object }) => ({ ...selection, ...action })),
      [
        { tagStatus: "untagged", countType: "sinceImagePushed", countUnit: "days", countNumber: 14, type: "expire" },
        { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 30, type: "expire" },
      ],
    );
  });
});

const PLATFORM = "linux/amd64";

describe("the image's tag", () => {
  let folder: string;
  const write = (file: string, content: string) => writeFileSync(join(folder, file), content);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "context-"));
    mkdirSync(join(folder, "src"));
    mkdirSync(join(folder, "node_modules"));
    write(".dockerignore", "# comment\n\nnode_modules\n");
    write("Dockerfile", "FROM scratch\n");
    write("src/server.ts", "1");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is the same for the same files", () => {
    const first = contextHash(folder, PLATFORM);
    assert.match(first, /^[0-9a-f]{16}$/);
    assert.equal(contextHash(folder, PLATFORM), first);
    write("node_modules/left-out.js", "anything");
    assert.equal(contextHash(folder, PLATFORM), first);
  });

  for (const [title, change] of [
    ["a file's content", () => write("src/server.ts", "2")],
    ["a new file", () => write("src/other.ts", "")],
    ["the Dockerfile", () => write("Dockerfile", "FROM node\n")],
    ["a file's permissions", () => chmodSync(join(folder, "src/server.ts"), 0o755)],
    [
      "where a name ends and its content begins",
      () => {
        rmSync(join(folder, "src/server.ts"));
        write("src/server.t", "s1");
      },
    ],
  ] as const) {
    it(`changes with ${title}`, () => {
      const first = contextHash(folder, PLATFORM);
      change();
      assert.notEqual(contextHash(folder, PLATFORM), first);
    });
  }

  it("changes with the platform", () => {
    assert.notEqual(contextHash(folder, "linux/arm64"), contextHash(folder, PLATFORM));
  });

  for (const pattern of ["*.md", "!src", "src/test", "/dist"]) {
    it(`refuses the pattern "${pattern}", which it would read otherwise than Docker`, () => {
      write(".dockerignore", `${pattern}\n`);
      assert.throws(
        () => contextHash(folder, PLATFORM),
        new RegExp(`"${pattern.replaceAll(/[*/!.]/g, "\\$&")}" is a pattern`),
      );
    });
  }
});

describe("the Dockerfile", () => {
  const lines = readFileSync(join(APP, "Dockerfile"), "utf8").split("\n");

  it("guide, Docker Container Optimization: multi-stage, a user of its own, port 8000", () => {
    assert.equal(lines.filter((line) => line.startsWith("FROM ")).length, 2);
    assert.ok(lines.includes("USER 10001:10001"));
    assert.ok(lines.includes("EXPOSE 8000"));
  });

  it("installs exactly what the lockfile says, without what only tests need", () => {
    assert.ok(lines.some((line) => line.startsWith("RUN npm ci --omit=dev")));
  });
});
