import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Graph } from "../../support/record";
import { resource, sources, waitsFor } from "../graph";
import { args, definition, monitoring } from "./fixture";

const SCRIPT = join(__dirname, "..", "..", "..", "components", "monitoring", "canary", "ready.js");

/** Runs the script as Synthetics does, against a server of this machine, and returns how it ended. */
async function run(answer: RequestListener): Promise<{ code: number | null; asked: string[]; output: string }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    answer(request, response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ready`;
  const program = `require(${JSON.stringify(SCRIPT)}).handler().then(console.log, (error) => { console.error(error.message); process.exit(1); })`;
  const child = spawn(process.execPath, ["-e", program], { env: { READY_URL: url, PAUSE_MS: "1" } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const [code] = (await once(child, "close")) as [number | null];
  server.closeAllConnections();
  server.close();
  return { code, asked, output };
}

describe("Monitoring", function () {
  this.timeout(30_000);

  describe("the canary's script", () => {
    it("passes when the service is ready", async () => {
      const { code, asked, output } = await run((_, response) => response.end('{"status":"degraded"}'));
      assert.deepEqual([code, asked], [0, ["GET /ready"]]);
      assert.match(output, /degraded/);
    });
    it("passes when the second try succeeds", async () => {
      let tries = 0;
      const { code, asked } = await run((_, response) => {
        tries += 1;
        response.writeHead(tries === 1 ? 503 : 200).end();
      });
      assert.deepEqual([code, asked.length], [0, 2]);
    });
    it("fails after three tries with the status and the body", async () => {
      const { code, asked, output } = await run((_, response) =>
        response.writeHead(503).end('{"status":"unavailable"}'),
      );
      assert.deepEqual([code, asked.length], [1, 3]);
      assert.match(output, /503: \{"status":"unavailable"\}/);
    });
    it("fails on a redirect, and says why a connection failed", async () => {
      assert.equal((await run((_, response) => response.writeHead(302, { location: "/" }).end())).code, 1);
      const { code, output } = await run((request) => request.socket.destroy());
      assert.equal(code, 1);
      assert.match(output, /fetch failed: (other side closed|read ECONNRESET)/);
    });
  });

  describe("the canary", () => {
    let graph: Graph;
    before(async () => {
      graph = await monitoring();
    });
    const of = (type: string) => resource(graph, type, "monitoring-canary");

    it("asks /ready every five minutes, and is what the alarm looks at", () => {
      const { inputs } = of("aws:synthetics/canary:Canary");
      assert.deepEqual(inputs.schedule, { expression: "rate(5 minutes)" });
      const { environmentVariables } = inputs.runConfig as { environmentVariables: Record<string, string> };
      assert.equal(environmentVariables.READY_URL, "https://api.example.com/ready");
      assert.equal(inputs.runtimeVersion, "syn-nodejs-5.4");
      assert.equal(definition("unreachable").window.periodSeconds, 300);
      assert.deepEqual(graph.byName("monitoring-unreachable").inputs.dimensions, { CanaryName: inputs.name });
    });
    it("ends its tries before Synthetics ends the run", () => {
      const { timeoutInSeconds, environmentVariables } = of("aws:synthetics/canary:Canary").inputs.runConfig as {
        timeoutInSeconds: number;
        environmentVariables: { PAUSE_MS: string };
      };
      assert.ok(3 * 10 + (2 * Number(environmentVariables.PAUSE_MS)) / 1000 < timeoutInSeconds);
    });
    it("runs the script of this repository, under another key for another script", () => {
      const { inputs } = resource(graph, "aws:s3/bucketObjectv2:BucketObjectv2", "monitoring-canary-script");
      assert.match(JSON.stringify(inputs.source), /exports\.handler/);
      assert.match(String(inputs.key), /^script\/[0-9a-f]{12}\.zip$/);
      assert.equal(of("aws:synthetics/canary:Canary").inputs.handler, "ready.handler");
    });
    it("keeps its results in a private bucket under the stack's key", () => {
      const { inputs } = of("aws:synthetics/canary:Canary");
      assert.deepEqual(inputs.artifactConfig, { s3Encryption: { encryptionMode: "SSE_KMS", kmsKeyArn: args.keyArn } });
      const encryption = resource(
        graph,
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "monitoring-canary-encryption",
      );
      assert.deepEqual(encryption.inputs.rules, [
        { applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: args.keyArn } },
      ]);
    });
    it("keeps its script when its results expire", () => {
      const { inputs } = resource(
        graph,
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "monitoring-canary-lifecycle",
      );
      const [rule] = inputs.rules as { filter: { prefix: string }; expiration: unknown }[];
      assert.deepEqual(rule?.expiration, { days: 365 });
      const prefix = rule?.filter.prefix ?? "";
      assert.equal(
        of("aws:synthetics/canary:Canary").inputs.artifactS3Location,
        `s3://pynomaly-test-canary-123456789012-eu-west-1/${prefix}`,
      );
      assert.ok(!String(graph.byName("monitoring-canary-script").inputs.key).startsWith(prefix));
    });
    it("may not make a log group of its own: the declared one has a key and an end", () => {
      const { inputs } = of("aws:iam/rolePolicy:RolePolicy");
      const text = JSON.stringify(inputs.policy);
      assert.match(text, /logs:PutLogEvents/);
      assert.doesNotMatch(text, /logs:CreateLogGroup/);
      const group = of("aws:cloudwatch/logGroup:LogGroup");
      assert.deepEqual(sources(group, "name"), ["monitoring-canary"]);
      assert.equal(group.inputs.kmsKeyId, args.keyArn);
      assert.equal(group.inputs.retentionInDays, 365);
    });
    it("starts when its role has its rights", () =>
      assert.ok(waitsFor(of("aws:synthetics/canary:Canary")).includes("monitoring-canary")));
  });
});
