import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { run } from "../src/run.ts";
import { leave, whenAsked } from "./asked.ts";
import { loadDemo } from "./demo.ts";
import { makeApiKey } from "./key.ts";
import { readable } from "./log.ts";
import { type Stack, startStack } from "./stack.ts";

/** How long the service may take to become ready. */
const READY_MS = 60_000;

/** Folder of this run, which run.ts made. */
const [, , folder] = process.argv;
if (folder === undefined) throw new Error("started by run.ts, with the folder of the run");

const asked = whenAsked();

await run(async () => {
  console.log("starting PostgreSQL and Redis");
  const stack = await startStack();
  try {
    console.log("loading demo data");
    if (!asked.already()) await loadDemo(stack);
    const apiKey = await makeApiKey(stack, "demo", { requestsPerSecond: 100, burst: 200 });
    if (!asked.already()) await serve(stack, apiKey);
  } finally {
    await stack.stop();
    leave(folder);
  }
});

/** Runs the service until it ends or is asked to. */
async function serve(stack: Stack, apiKey: string): Promise<void> {
  const { PORT = "", METRICS_PORT = "" } = process.env;
  const service = spawn(process.execPath, [fileURLToPath(new URL("../src/server.ts", import.meta.url))], {
    env: { ...stack.environment, PORT, METRICS_PORT, NODE_ENV: "production" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const output of [service.stdout, service.stderr]) {
    createInterface(output).on("line", (line) => console.log(readable(line)));
  }
  const ended = once(service, "exit");
  try {
    await Promise.race([ready(`http://localhost:${PORT}`, service), asked.promise]);
    if (!asked.already()) console.log(welcome(PORT, METRICS_PORT, apiKey, stack));
    await Promise.race([ended, asked.promise]);
    if (!asked.already()) throw new Error("the service ended by itself; its log says why");
  } finally {
    service.kill("SIGTERM");
    if (service.exitCode === null && service.signalCode === null) await ended;
  }
}

/** @throws Error when the service ends or is not ready in time */
async function ready(url: string, service: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (!asked.already()) {
    if (service.exitCode !== null) throw new Error("the service did not start; its log says why");
    try {
      if ((await fetch(`${url}/ready`)).ok) return;
    } catch {
      // It does not listen yet.
    }
    if (Date.now() > deadline) throw new Error(`the service is not ready after ${READY_MS / 1000} s`);
    await delay(100);
  }
}

/** What a user does first, to be pasted. */
function welcome(port: string, metricsPort: string, apiKey: string, { postgres, database }: Stack): string {
  const { username, password } = postgres.owner;
  const api = `http://localhost:${port}`;
  return `
The Pynomaly API runs on ${api}
  documentation  ${api}/docs and ${api}/redoc
  metrics        http://localhost:${metricsPort}/metrics
  database       postgresql://${username}:${password}@localhost:${postgres.port}/${database}
  demo API key   ${apiKey}

Open a session, list anomalies, score two rows:

  TOKEN=$(curl -s ${api}/api/v1/auth/sessions -H 'content-type: application/json' \\
    -d '{"api_key":"${apiKey}"}' | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
  curl -s "${api}/api/v1/anomalies?limit=3" -H "authorization: Bearer $TOKEN"
  curl -s ${api}/api/v1/models/1/predictions -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \\
    -d '{"rows":[[0,0.1,-0.2,0,0.3,0,0.1,0],[4,-5,6,-4,5,-6,4,5]]}'

Ctrl-C stops everything. The service's log follows.
`;
}
