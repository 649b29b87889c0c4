import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { loadDemo } from "../../local/demo.ts";
import { makeApiKey } from "../../local/key.ts";
import { freePort } from "../../local/postgres.ts";
import { startStack } from "../../local/stack.ts";
import { run } from "../../src/run.ts";

/** Folder of the repository for what is made and kept. */
const CACHE = path("../../../.cache");

/** Ids are made up: most do not exist, and 404 is the right answer to data that the document allows. */
const EXCLUDED_CHECKS = "positive_data_acceptance";
/** It would end the session that all other requests are made with. */
const EXCLUDED_PATH = "/api/v1/auth/sessions/current";

/**
 * Holds the running service to openapi.json: schemathesis makes requests that the document allows and many that it does
 * not, and looks for server errors, undocumented answers and bad input that is taken. Needs python3 with its venv module.
 * Further arguments are schemathesis's own, such as `--max-examples 200`.
 */
await run(async () => {
  const schemathesis = installed();
  const stack = await startStack();
  await loadDemo(stack);
  // The limits are not what is tried here.
  const unlimited = { requestsPerSecond: 100_000, burst: 100_000 };
  const [port, metricsPort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  const service = spawn(process.execPath, [path("../../src/server.ts")], {
    env: {
      ...stack.environment,
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      LOG_LEVEL: "error",
      AUTH_RATE_REQUESTS_PER_SECOND: String(unlimited.requestsPerSecond),
      AUTH_RATE_BURST: String(unlimited.burst),
    },
    stdio: "inherit",
  });
  try {
    await ready(url);
    const token = await openSession(url, await makeApiKey(stack, "fuzz", unlimited));
    const child = spawn(
      schemathesis,
      [
        "run",
        path("../../openapi.json"),
        "--url",
        url,
        "--header",
        `Authorization: Bearer ${token}`,
        "--exclude-checks",
        EXCLUDED_CHECKS,
        "--exclude-path",
        EXCLUDED_PATH,
        "--phases",
        "examples,coverage,fuzzing",
        "--generation-database",
        "none",
        ...process.argv.slice(2),
      ],
      { cwd: CACHE, stdio: "inherit" },
    );
    const [code] = await once(child, "exit");
    process.exitCode = code ?? 1;
  } finally {
    const ended = once(service, "exit");
    service.kill("SIGTERM");
    await ended;
    await stack.stop();
  }
});

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

/** The program, installed once into the repository's cache. */
function installed(): string {
  const folder = join(CACHE, "fuzz-venv");
  const requirements = path("requirements.txt");
  const stamp = join(folder, "installed.txt");
  const wanted = readFileSync(requirements, "utf8");
  mkdirSync(CACHE, { recursive: true });
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
    console.error("installing schemathesis into .cache/fuzz-venv");
    execFileSync("python3", ["-m", "venv", "--clear", folder], { stdio: "inherit" });
    execFileSync(join(folder, "bin", "python"), ["-m", "pip", "install", "-q", "-r", requirements], {
      stdio: "inherit",
    });
    writeFileSync(stamp, wanted);
  }
  return join(folder, "bin", "schemathesis");
}

async function ready(url: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const response = await fetch(`${url}/ready`).catch(() => undefined);
    if (response?.ok) return;
    if (attempt === 300) throw new Error("the service did not become ready");
    await delay(100);
  }
}

async function openSession(url: string, apiKey: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/auth/sessions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ api_key: apiKey }),
  });
  return ((await response.json()) as { token: string }).token;
}
