import assert from "node:assert/strict";
import { compositeDefinitions } from "../../../components/monitoring";
import { alarmRule } from "../../../components/monitoring/alarms";
import { topicPolicy } from "../../../components/monitoring/topic";
import { BURN_RATES } from "../../../sizing/thresholds";
import type { Graph } from "../../support/record";
import { sources } from "../graph";
import { args, definitions, monitoring } from "./fixture";

describe("Monitoring", function () {
  this.timeout(30_000);
  let graph: Graph;
  before(async () => {
    graph = await monitoring();
  });

  describe("one incident pages once", () => {
    const composites = compositeDefinitions(definitions);
    it("incident is on while any paging alarm is, and tells people", () => {
      const incident = graph.byName("monitoring-incident");
      assert.deepEqual(
        sources(incident, "alarmRule").sort(),
        [
          ...BURN_RATES.map(({ name }) => `monitoring-error-budget-${name}-burn`),
          ...definitions.filter(({ severity }) => severity === "page").map(({ id }) => `monitoring-${id}`),
        ].sort(),
      );
      assert.deepEqual(sources(incident, "alarmActions"), ["monitoring-notifications"]);
    });
    it("a burn needs both of its windows, and tells people through the incident alone", () => {
      for (const { name } of BURN_RATES) {
        const burn = graph.byName(`monitoring-error-budget-${name}-burn`);
        assert.deepEqual(sources(burn, "alarmRule").sort(), [
          `monitoring-error-budget-${name}-long`,
          `monitoring-error-budget-${name}-short`,
        ]);
        assert.equal(composites.find(({ id }) => id === `error-budget-${name}-burn`)?.when, "all");
        assert.deepEqual(sources(burn, "alarmActions"), ["monitoring-events"]);
      }
    });
    it("any of some alarms, or all of them", () => {
      assert.equal(alarmRule("any", ["a", "b"]), 'ALARM("a") OR ALARM("b")');
      assert.equal(alarmRule("all", ["a", "b"]), 'ALARM("a") AND ALARM("b")');
    });
    it("attention keeps quiet during an incident", () =>
      assert.deepEqual(graph.byName("monitoring-attention").inputs.actionsSuppressor, {
        alarm: "pynomaly-test-monitoring-incident",
        waitPeriod: 120,
        extensionPeriod: 300,
      }));
    it("stays within CloudWatch's 100 alarms and 10,240 characters of a composite", () => {
      // Pulumi adds eight characters to the name of a metric alarm.
      const named = (id: string) => `monitoring-${id}-1234567`;
      for (const { id, of, when } of composites) {
        assert.ok(of.length <= 100, id);
        assert.ok(alarmRule(when, of.map(named)).length <= 10_240, id);
      }
    });
  });

  describe("topics", () => {
    it("are encrypted with the stack's key", () => {
      for (const topic of graph.byType("aws:sns/topic:Topic")) assert.equal(topic.inputs.kmsMasterKeyId, args.keyArn);
    });
    it("take messages of this account's alarms and budgets only, and over TLS only", () => {
      const { Statement } = topicPolicy("arn:topic", "123456789012");
      assert.deepEqual(Statement, [
        {
          Sid: "Alarms",
          Effect: "Allow",
          Principal: { Service: "cloudwatch.amazonaws.com" },
          Action: "sns:Publish",
          Resource: "arn:topic",
          Condition: {
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnLike: { "aws:SourceArn": "arn:aws:cloudwatch:*:123456789012:alarm:*" },
          },
        },
        {
          Sid: "Budgets",
          Effect: "Allow",
          Principal: { Service: "budgets.amazonaws.com" },
          Action: "sns:Publish",
          Resource: "arn:topic",
          Condition: {
            StringEquals: { "aws:SourceAccount": "123456789012" },
            ArnLike: { "aws:SourceArn": "arn:aws:budgets::123456789012:*" },
          },
        },
        {
          Sid: "TlsOnly",
          Effect: "Deny",
          Principal: "*",
          Action: "sns:Publish",
          Resource: "arn:topic",
          Condition: { Bool: { "aws:SecureTransport": "false" } },
        },
      ]);
    });
    it("people are subscribed to notifications, and to nothing else", () => {
      const subscriptions = graph.byType("aws:sns/topicSubscription:TopicSubscription");
      assert.deepEqual(subscriptions.map(({ inputs: { endpoint, protocol } }) => `${protocol} ${endpoint}`).sort(), [
        "email lead@example.com",
        "email ops@example.com",
      ]);
      for (const subscription of subscriptions) {
        assert.deepEqual(sources(subscription, "topic"), ["monitoring-notifications"]);
      }
    });
  });
});
