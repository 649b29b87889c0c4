import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { RUNBOOKS } from "../../components/monitoring/runbooks";
import { fields } from "../../settings/fields";
import { SYSTEM_PODS } from "../../sizing/nodes";
import { type ProductionStack, productionStack } from "../guide/stack";
import { commandsOf, folder, index, runbooks } from "./runbook";

const ALARM_SECTIONS = ["What it means", "First three looks", "What to do", "How to know it is over"];
const ALARM_TYPES = ["aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"];

const commands = [
  ...runbooks.map(({ name, commands }) => ({ name, commands })),
  { name: "README", commands: commandsOf(index) },
];

/** Every match of an expression in the commands of all runbooks, each with where it is. */
const used = (expression: RegExp): { name: string; value: string }[] =>
  commands.flatMap(({ name, commands }) =>
    commands.flatMap((block) => [...block.matchAll(expression)].map(([, value = ""]) => ({ name, value }))),
  );

/** Fails on what is used and not among what there is. */
function existing(found: readonly { name: string; value: string }[], known: ReadonlySet<string>, least: number): void {
  assert.ok(found.length >= least, `only ${found.length} found`);
  assert.deepEqual(
    found.filter(({ value }) => !known.has(value)).map(({ name, value }) => `${name}: ${value}`),
    [],
  );
}

describe("runbooks", function () {
  this.timeout(60_000);
  let stack: ProductionStack;
  let alarms: { id: string; description: string }[];
  before(async () => {
    stack = await productionStack();
    alarms = ALARM_TYPES.flatMap((type) => stack.graph.byType(type)).map(({ name, inputs }) => ({
      id: name.replace(/^monitoring-/, ""),
      description: String(inputs.alarmDescription),
    }));
  });
  const matches = (pattern: string, id: string) => new RegExp(`^${pattern.replaceAll("*", "[a-z0-9-]+")}$`).test(id);
  /** What stands in the place of the names that Kubernetes or AWS make for these objects. */
  const kubernetes = (kind: string): string[] =>
    stack.graph.resources
      .filter(({ type }) => type.startsWith("kubernetes:") && type.endsWith(`:${kind}`))
      .map(({ inputs }) => String((inputs.metadata as { name?: string } | undefined)?.name));

  it("there is one for every alarm, which the alarm names and which names the alarm", () => {
    assert.ok(alarms.length > 60);
    for (const { id, description } of alarms) {
      const name = /Runbook: docs\/runbooks\/([\w-]+)\.md$/.exec(description)?.[1];
      const runbook = runbooks.find((candidate) => candidate.name === name);
      assert.ok(runbook, `${id}: ${description}`);
      assert.ok(
        runbook.alarms.some((pattern) => matches(pattern, id)),
        `${runbook.name}.md does not name ${id}`,
      );
    }
  });

  it("none is about an alarm that there is not", () => {
    for (const { name, alarms: patterns } of runbooks) {
      for (const pattern of patterns) {
        assert.ok(
          alarms.some(({ id }) => matches(pattern, id)),
          `${name}.md: ${pattern}`,
        );
      }
    }
  });

  it("each of an alarm says what it means, three looks with commands, what to do, and when it is over", () => {
    for (const { name, sections } of runbooks.filter((one) => RUNBOOKS.some((runbook) => runbook === one.name))) {
      assert.deepEqual([...sections.keys()], ALARM_SECTIONS, name);
      const looks = sections.get("First three looks") ?? "";
      assert.equal(looks.match(/^\d\. /gm)?.length, 3, name);
      assert.equal(commandsOf(looks).length, 3, name);
      for (const [heading, text] of sections) assert.notEqual(text.trim(), "", `${name}: ${heading}`);
    }
  });

  it("each of a task says when, the steps, and when it is over", () => {
    for (const { name, sections } of runbooks.filter((one) => !RUNBOOKS.some((runbook) => runbook === one.name))) {
      const headings = [...sections.keys()].filter((heading) => heading !== "If it goes wrong");
      assert.deepEqual(headings, ["When", "Steps", "How to know it is over"], name);
    }
  });

  it("the index links to each of them, and each link leads somewhere", () => {
    for (const { name } of runbooks) assert.ok(index.includes(`](${name}.md)`), name);
    for (const { name, text } of [...runbooks, { name: "README", text: index }]) {
      for (const [, target = ""] of text.matchAll(/\]\(([^)#]+)\)/g)) {
        assert.ok(existsSync(join(folder, target)), `${name}.md: ${target}`);
      }
    }
  });

  describe("commands", () => {
    it("are shell", () => {
      for (const { name, commands: blocks } of commands) {
        for (const block of blocks) {
          const { status, stderr } = spawnSync("bash", ["-n"], { input: block, encoding: "utf8" });
          assert.equal(status, 0, `${name}: ${stderr}\n${block}`);
        }
      }
    });
    it("ask for outputs that the stack has", () =>
      existing(used(/pulumi stack output (\w+)/g), new Set(Object.keys(stack.graph.outputs)), 30));
    it("set settings that there are", () =>
      existing(used(/pulumi config set (\w+)/g), new Set(Object.keys(fields)), 3));
    it("name Kubernetes objects that the stack makes", () => {
      const deployments = new Set([...kubernetes("Deployment"), ...SYSTEM_PODS.map(({ name }) => name)]);
      existing(used(/(?<!create )deployment[/ ](?:--[^\n]* )?([a-z][\w-]+)/g), deployments, 10);
      existing(used(/hpa ([a-z][\w-]+)/g), new Set(kubernetes("HorizontalPodAutoscaler")), 3);
      existing(used(/-l app=([\w-]+)/g), new Set(["pynomaly-api"]), 3);
      existing(
        used(/kubectl -n ([\w-]+)/g),
        new Set([...kubernetes("Namespace"), "kube-system", "amazon-cloudwatch"]),
        20,
      );
    });
    it("read log groups that the stack makes", () => {
      const writer = String(stack.graph.outputs.databaseWriter);
      const resolved = used(/"((?:\/aws\/|aws-waf-logs-)[^"\n]+)"/g).map(({ name, value }) => ({
        name,
        value: value
          .replaceAll("$DB", writer)
          .replace(/\$\(pulumi stack output (\w+)\)/g, (_, output: string) => String(stack.graph.outputs[output])),
      }));
      const groups = stack.graph.byType("aws:cloudwatch/logGroup:LogGroup").map(({ inputs }) => String(inputs.name));
      existing(resolved, new Set(groups), 10);
    });
    it("ask for ports that the service has", () => existing(used(/127\.0\.0\.1:(\d+)/g), new Set(["8000", "9000"]), 5));
  });
});
