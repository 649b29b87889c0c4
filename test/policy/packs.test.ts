import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { credentials } from "@grpc/grpc-js";
import { AnalyzerClient } from "@pulumi/pulumi/proto/analyzer_grpc_pb";
import {
  AnalyzeRequest,
  type AnalyzeResponse,
  type AnalyzerInfo,
  AnalyzerResourceOptions,
  ConfigureAnalyzerRequest,
  EnforcementLevel,
  PolicyConfig,
} from "@pulumi/pulumi/proto/analyzer_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { packs } from "../../policy/packs";

const policy = join(__dirname, "../../policy");

/** A violation that each pack sees: of `rds-multi-az` and of `rds-not-public`, both mandatory by themselves. */
function database(): AnalyzeRequest {
  const request = new AnalyzeRequest();
  request.setType("aws:rds/instance:Instance");
  request.setUrn("urn:pulumi:test::fixture::aws:rds/instance:Instance::orders");
  request.setProperties(Struct.fromJavaScript({ publiclyAccessible: true }));
  request.setOptions(new AnalyzerResourceOptions());
  return request;
}

/** A stack's configuration as the engine sends it: "all" stands for each rule. */
function configuration(stack: string, rules: readonly string[]): ConfigureAnalyzerRequest {
  const levels = { advisory: EnforcementLevel.ADVISORY, mandatory: EnforcementLevel.MANDATORY } as const;
  const { all, ...single } = JSON.parse(readFileSync(join(policy, "config", `${stack}.json`), "utf8")) as Record<
    string,
    keyof typeof levels
  >;
  const request = new ConfigureAnalyzerRequest();
  for (const rule of rules) {
    const level = single[rule] ?? all;
    if (level !== undefined) {
      const config = new PolicyConfig();
      config.setEnforcementlevel(levels[level]);
      config.setProperties(Struct.fromJavaScript({}));
      request.getPolicyconfigMap().set(rule, config);
    }
  }
  return request;
}

for (const { name, rules } of packs) {
  describe(`${name}, started as a pack`, () => {
    let server: ChildProcess;
    let client: AnalyzerClient;

    before(async () => {
      const cwd = join(policy, name.replace("pynomaly-", ""));
      server = spawn(process.execPath, ["--require", "tsx/cjs", "index.ts"], {
        cwd,
        stdio: ["ignore", "pipe", "inherit"],
      });
      assert.ok(server.stdout);
      const [port] = await once(createInterface(server.stdout), "line");
      client = new AnalyzerClient(`127.0.0.1:${port}`, credentials.createInsecure());
    });

    after(() => {
      client?.close();
      server?.kill();
    });

    it("offers every rule", async () => {
      const info = await promisify<Empty, AnalyzerInfo>(client.getAnalyzerInfo.bind(client))(new Empty());
      assert.equal(info.getName(), name);
      assert.deepEqual(
        info.getPoliciesList().map((offered) => offered.getName()),
        [...rules.map(({ id }) => id), "waivers-in-force"],
      );
    });

    for (const [stack, level] of [
      ["prod", EnforcementLevel.MANDATORY],
      ["dev", EnforcementLevel.ADVISORY],
    ] as const) {
      it(`is ${level === EnforcementLevel.MANDATORY ? "mandatory" : "advisory"} under policy/config/${stack}.json`, async () => {
        const ids = [...rules.map(({ id }) => id), "waivers-in-force"];
        await promisify<ConfigureAnalyzerRequest, unknown>(client.configure.bind(client))(configuration(stack, ids));
        const response = await promisify<AnalyzeRequest, AnalyzeResponse>(client.analyze.bind(client))(database());
        const severe = response
          .getDiagnosticsList()
          .filter((said) => ["rds-multi-az", "rds-not-public"].includes(said.getPolicyname()));
        assert.equal(severe.length, 1);
        assert.equal(severe[0]?.getEnforcementlevel(), level);
      });
    }
  });
}
