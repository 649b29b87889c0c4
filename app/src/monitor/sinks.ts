import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Alert } from "./alerts.ts";

/** A place that alerts are told to. Rejects when it cannot be told. */
export type Sink = (alert: Alert) => Promise<void>;

/** How a webhook is called. */
export interface WebhookTiming {
  /** Of one try. */
  readonly timeoutMs: number;
  /** After each failed try but the last; the number of tries is one more. */
  readonly pausesMs: readonly number[];
}

/** A webhook that does not answer is left well before the next measurement. */
const WEBHOOK_TIMING: WebhookTiming = { timeoutMs: 5000, pausesMs: [1000, 3000] };

/** Longest subject of an SNS message (API reference, Publish). */
const SUBJECT_LENGTH = 100;

/** Warns of an alert in the log, and informs of its end. */
export const logSink =
  (logger: Pick<Logger, "warn" | "info">): Sink =>
  async (alert) => {
    const { message, ...fields } = alert;
    if (alert.state === "raised") logger.warn(fields, message);
    else logger.info(fields, message);
  };

/** Posts the alert as JSON; its `text` is what chat services show. Tries again where another try may succeed. */
export const webhookSink =
  (url: string, timing = WEBHOOK_TIMING): Sink =>
  async ({ message, ...alert }) => {
    const body = JSON.stringify({ text: message, ...alert });
    for (let tries = 0; ; tries += 1) {
      const failure = await post(url, body, timing.timeoutMs);
      if (failure === undefined) return;
      const pause = timing.pausesMs[tries];
      if (!failure.temporary || pause === undefined) throw new Error(`webhook: ${failure.message}`);
      await delay(pause);
    }
  };

/** Publishes the alert to an SNS topic. The client is loaded with the first. */
export const topicSink =
  (topicArn: string, region: string): Sink =>
  async (alert) => {
    const { PublishCommand, SNSClient } = await import("@aws-sdk/client-sns");
    const client = new SNSClient({ region });
    try {
      await client.send(
        new PublishCommand({
          TopicArn: topicArn,
          Subject: `Pynomaly: ${alert.message}`.slice(0, SUBJECT_LENGTH),
          Message: JSON.stringify(alert, null, 2),
        }),
      );
    } finally {
      client.destroy();
    }
  };

/** Why a try failed, or `undefined`. The URL is part of no message: it is the webhook's secret. */
async function post(
  url: string,
  body: string,
  timeoutMs: number,
): Promise<{ message: string; temporary: boolean } | undefined> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    if (response.ok) return undefined;
    return { message: `answered ${response.status}`, temporary: response.status >= 500 || response.status === 429 };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { message: cause instanceof Error ? cause.message : "no answer", temporary: true };
  }
}
