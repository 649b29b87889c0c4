import { setImmediate as nextTurn } from "node:timers/promises";
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
}

/** A recorded program: its graph for people, its registrations for the policies. */
export interface Recording {
  readonly graph: Graph;
  /** The root stack, then the rest sorted by URN. Holds secrets in plain text. */
  readonly registrations: readonly Registration[];
}

/** How long a program may take; only one that waits for something that never comes takes this long. */
const PROGRAM_TIMEOUT_MS = 60_000;

/**
 * Runs a Pulumi program as the first preview of a stack would, without an engine, and returns what it registered.
 * Its return value becomes the stack's outputs. Rejects with what the program threw, wherever it threw it.
 */
export async function recordProgram(program: () => unknown, options: RecordOptions = {}): Promise<Recording> {
  const { project = "pynomaly-infra", stack = "test", config = {}, secretKeys = [] } = options;
  const monitor = new RecordingMonitor(project, stack, options.disabledDefaultProviders ?? []);
  runtime.setMockOptions(monitor, project, stack, true);
  runtime.setAllConfig({ ...config }, [...secretKeys]);

  const errors = await errorsOf(async () => {
    await runtime.runInPulumiStack(async () => program());
    await runtime.disconnect();
  });
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

/**
 * What went wrong in an action, including in the promises that it left behind: a resource that cannot be registered
 * rejects nothing that the program awaits.
 */
async function errorsOf(action: () => Promise<void>): Promise<unknown[]> {
  const errors: unknown[] = [];
  let timer: NodeJS.Timeout | undefined;
  const failed = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      errors.push(new Error(`the program did not finish within ${PROGRAM_TIMEOUT_MS / 1000} s`));
      resolve();
    }, PROGRAM_TIMEOUT_MS);
  });
  const onRejection = (error: unknown) => void errors.push(error);

  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", onRejection);
  try {
    await Promise.race([action().catch(onRejection), failed]);
    // Rejections are reported, and outputs that depend on each other settle, between turns of the event loop.
    await nextTurn();
    await runtime.disconnect();
    await nextTurn();
  } finally {
    clearTimeout(timer);
    process.off("unhandledRejection", onRejection);
    for (const listener of listeners) process.on("unhandledRejection", listener);
  }
  return errors;
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
