import { colorsFor } from "../command/colors";
import { figure } from "../report";
import type { Progress } from "./load-test";

const colors = colorsFor(process.stderr);
/** Where no terminal overwrites the last line, one in so many seconds is enough. */
const SECONDS_APART = 5;

/** Shows on standard error how a load test goes: on a terminal one line that follows it, elsewhere a line now and then. */
export function showProgress({ stage, second }: Progress): void {
  const terminal = process.stderr.isTTY === true;
  if (second === undefined) {
    const load = `${figure(stage.requestsPerSecond)} requests/s, ${figure(stage.users)} users, ${stage.seconds} s`;
    process.stderr.write(`${terminal ? "\r\u001b[K" : ""}${colors.dim(`${stage.name}: ${load}`)}\n`);
    return;
  }
  const { at, answered, failed, waiting, p50, p99 } = second;
  const latency = p50 === undefined || p99 === undefined ? "" : `, p50 ${figure(p50)} ms, p99 ${figure(p99)} ms`;
  const line = `  ${at + 1} s: ${figure(answered)} answered, ${figure(failed)} failed, ${figure(waiting)} waiting${latency}`;
  if (terminal) process.stderr.write(`\r\u001b[K${line}`);
  else if ((at + 1) % SECONDS_APART === 0) process.stderr.write(`${line}\n`);
}

/** Leaves the line to what comes next. */
export function endProgress(): void {
  if (process.stderr.isTTY === true) process.stderr.write("\r\u001b[K");
}
