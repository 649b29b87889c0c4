import type { ChildProcess } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";

const DEADLINE_MS = 30_000;

/**
 * Waits until a URL answers 200.
 *
 * @throws Error with the program's output when it ends or stays silent
 */
export async function answering(url: string, program: ChildProcess, output: () => string): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    if (program.exitCode !== null) throw new Error(`the program ended:\n${output()}`);
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
    if (Date.now() > deadline) throw new Error(`no answer from ${url}:\n${output()}`);
    await delay(50);
  }
}
