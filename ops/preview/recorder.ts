import { setImmediate as nextTurn } from "node:timers/promises";
import { runInNewContext } from "node:vm";
import { runtime } from "@pulumi/pulumi";
import { Graph } from "./graph";
import { RecordingMonitor, type Registration, STACK_TYPE } from "./monitor";
import { displayAll } from "./values";

/** Under which names and configuration a program is recorded. */
export interface RecordOptions {
  /** @default "pynomaly-infra" */
  readonly project?: string;
  /** @default "test" */
  readonly stack?: string;
  /** Stack configuration, fully qualified: `{ "pynomaly:region": "eu-west-1" }`. */
  readonly config?: Readonly<Record<string, string>>;
  /** Which keys of {@link config} are secret. */
  readonly secretKeys?: readonly string[];
  /** Packages (or `"*"`) whose resources must name their provider: `pulumi:disable-default-providers`. */
  readonly disabledDefaultProviders?: readonly string[];
  /** How long the program may take; only one that waits for something that never comes takes long. @default 60000 */
  readonly timeoutMs?: number;
}

/** A recorded program: its graph for people, its registrations for the policies. */
export interface Recording {
  readonly graph: Graph;
  /** The root stack, then the rest sorted by URN. Holds secrets in plain text. */
  readonly registrations: readonly Registration[];
}

/**
 * Runs a Pulumi program as the first preview of a stack would, without an engine, and returns what it registered.
 * Its return value becomes the stack's outputs. Rejects with what the program threw, wherever it threw it.
 */
export async function recordProgram(program: () => unknown, options: RecordOptions = {}): Promise<Recording> {
  const { project = "pynomaly-infra", stack = "test", config = {}, secretKeys = [], timeoutMs = 60_000 } = options;
  const monitor = new RecordingMonitor(project, stack, options.disabledDefaultProviders ?? []);
  runtime.setMockOptions(monitor, project, stack, true);
  runtime.setAllConfig({ ...config }, [...secretKeys]);

  const errors = await errorsOf(async () => {
    await runtime.runInPulumiStack(async () => bounded(program, timeoutMs));
    await runtime.disconnect();
  }, timeoutMs);
  if (errors.length > 0) throw combined(errors);

  const registrations = [...monitor.registrations.values()].sort(byUrn);
  const root = registrations.find(({ resource }) => resource.type === STACK_TYPE);
  if (root === undefined) throw new Error("the program registered no stack");
  const others = registrations.filter((registration) => registration !== root);
  return {
    graph: new Graph(
      root.resource.urn,
      others.map(({ resource }) => resource),
      displayAll(root.outputs?.toJavaScript() ?? {}),
      monitor.invokes,
    ),
    registrations: [root, ...others],
  };
}

/** Calls the program; one that loops for ever would keep even a timer from firing. */
function bounded(program: () => unknown, timeoutMs: number): unknown {
  try {
    return runInNewContext("program()", { program }, { timeout: timeoutMs });
  } catch (error) {
    throw (error as NodeJS.ErrnoException)?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT" ? unfinished(timeoutMs) : error;
  }
}

function unfinished(timeoutMs: number): Error {
  return new Error(`the program did not finish within ${timeoutMs / 1000} s`);
}

/**
 * What went wrong in an action, including in the promises and callbacks that it left behind: a resource that cannot be
 * registered rejects nothing that the program awaits. Ending the process is such a failure, not a way out.
 */
async function errorsOf(action: () => Promise<void>, timeoutMs: number): Promise<unknown[]> {
  const errors: unknown[] = [];
  const onError = (error: unknown) => void errors.push(error);
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const stopFor = (error: unknown) => {
    onError(error);
    stop();
  };
  const timer = setTimeout(() => stopFor(unfinished(timeoutMs)), timeoutMs);

  const restore = [takeOver("unhandledRejection", onError), takeOver("uncaughtException", stopFor)];
  const { exit } = process;
  process.exit = (code) => {
    throw new Error(`the program called process.exit(${code ?? ""})`);
  };
  try {
    const ended = action().catch(onError);
    const finished = await Promise.race([ended.then(() => true), stopped.then(() => false)]);
    // Rejections are reported, and outputs that depend on each other settle, between turns of the event loop.
    await nextTurn();
    if (finished) await runtime.disconnect();
    await nextTurn();
  } finally {
    clearTimeout(timer);
    process.exit = exit;
    for (const undo of restore) undo();
  }
  return errors;
}

/** Makes one listener the only one of a process event; returns how to bring the others back. */
function takeOver(event: "unhandledRejection" | "uncaughtException", listener: (error: unknown) => void): () => void {
  const others = process.listeners(event as "uncaughtException");
  process.removeAllListeners(event).on(event, listener);
  return () => {
    process.off(event, listener);
    for (const other of others) process.on(event, other);
  };
}

/** One error for several: the only one as it is, else each message once. */
function combined(errors: readonly unknown[]): unknown {
  const byMessage = new Map(errors.map((error) => [error instanceof Error ? error.message : String(error), error]));
  const [first] = byMessage.values();
  return byMessage.size === 1 ? first : new AggregateError(byMessage.values(), [...byMessage.keys()].join("\n"));
}

function byUrn(a: Registration, b: Registration): number {
  return a.resource.urn < b.resource.urn ? -1 : 1;
}
