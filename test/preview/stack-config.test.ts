import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readPolicyConfig } from "../../ops/preview/policy-config";
import { readStackConfig } from "../../ops/preview/stack-config";

describe("configuration files of a preview", () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "stack-"));
    write(
      "Pulumi.yaml",
      "name: toy\nconfig:\n  size: { type: integer, default: 3 }\n  aws:region: { value: eu-west-1 }\n  must: {}\n",
    );
    write("Pulumi.prod.yaml", "config:\n  toy:size: 5\n  zones: [a, b]\n");
  });

  afterEach(() => rmSync(root, { recursive: true }));

  function write(file: string, text: string): void {
    writeFileSync(join(root, file), text);
  }

  it("gives keys their project's defaults, then the stack's values; lists as JSON", () => {
    const { project, config } = readStackConfig(root, "prod");
    assert.equal(project, "toy");
    assert.deepEqual(config, { "toy:size": "5", "aws:region": "eu-west-1", "toy:zones": '["a","b"]' });
  });

  it("reads encrypted values as secrets that are not known here", () => {
    write("Pulumi.prod.yaml", "config:\n  toy:password: { secure: AAABANcyphertext }\n");
    const { config, secretKeys } = readStackConfig(root, "prod");
    assert.equal(config["toy:password"], "[secret]");
    assert.deepEqual(secretKeys, ["toy:password"]);
  });

  it("knows which default providers are disabled", () => {
    write("Pulumi.prod.yaml", 'config:\n  pulumi:disable-default-providers: ["*"]\n');
    assert.deepEqual(readStackConfig(root, "prod").disabledDefaultProviders, ["*"]);
  });

  it("lists the stacks there are when it does not know one", () => {
    write("Pulumi.dev.yaml", "");
    assert.throws(() => readStackConfig(root, "staging"), {
      name: "ConfigurationError",
      message: 'stack "staging": there is no Pulumi.<stack>.yaml of it; there are: dev, prod',
    });
  });

  it("names file and line of malformed YAML", () => {
    write("Pulumi.prod.yaml", "config:\n  toy:size: 5\n  toy:zones: [a, b\n");
    assert.throws(() => readStackConfig(root, "prod"), /^ConfigurationError: Pulumi\.prod\.yaml:[34]: /);
    write("Pulumi.prod.yaml", "config: 7\n");
    assert.throws(() => readStackConfig(root, "prod"), /Pulumi\.prod\.yaml: config: found something else/);
    write("Pulumi.yaml", "- a\n");
    assert.throws(() => readStackConfig(root, "prod"), /Pulumi\.yaml:1: found something else/);
  });

  it("names file and key of what the engine would ignore, or read in another way", () => {
    const refused = (text: string, message: string) => {
      write("Pulumi.prod.yaml", text);
      assert.throws(() => readStackConfig(root, "prod"), { name: "ConfigurationError", message });
    };
    refused(
      "config:\n  toy:size: 5\nzones: [a]\n",
      "Pulumi.prod.yaml: zones: found outside of config, where Pulumi ignores it; " +
        "allowed: config, environment, secretsprovider, encryptedkey, encryptionsalt",
    );
    refused(
      "config:\n  toy:size: 5\n  size: 6\n",
      "Pulumi.prod.yaml: size: found twice, also as toy:size; allowed: one of them",
    );
    refused(
      "config:\n  toy:account: 012345678901\n  toy:version: 1.30\n",
      'Pulumi.prod.yaml:\n  toy:account: found 012345678901, which YAML reads as 12345678901; allowed: "012345678901" as text, or 12345678901\n' +
        '  toy:version: found 1.30, which YAML reads as 1.3; allowed: "1.30" as text, or 1.3',
    );
    refused(
      "config:\n  toy:size: *five\n",
      "Pulumi.prod.yaml: Unresolved alias (the anchor must be set before the alias): five",
    );
    write("Pulumi.prod.yaml", "encryptionsalt: v1:abc\nconfig:\n  toy:size: -5\n  toy:share: 0.5\n");
    assert.equal(readStackConfig(root, "prod").config["toy:share"], "0.5");
  });

  it("reads the engine's policy configuration, and names what is wrong in it", () => {
    const path = join(root, "policy.json");
    assert.equal(readPolicyConfig(path, "policy.json").size, 0);
    write("policy.json", '{ "all": "advisory", "one": { "enforcementLevel": "mandatory", "most": 3 } }');
    assert.deepEqual(readPolicyConfig(path, "policy.json").get("one"), {
      enforcement: "mandatory",
      properties: { most: 3 },
    });
    write("policy.json", '{ "all": "mandatry", "one": 3 }');
    assert.throws(
      () => readPolicyConfig(path, "policy.json"),
      /all: found "mandatry"; allowed: advisory.*\n.*one: found 3/,
    );
    write("policy.json", "{");
    assert.throws(() => readPolicyConfig(path, "policy.json"), /policy\.json: not JSON/);
  });
});
