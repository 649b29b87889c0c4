import { execFile } from "node:child_process";
import { ROOT, type Step } from "./workflows";

/** What a step came to. */
export interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** Runs a step's script as the runner does, by bash that stops at the first failure, from the repository. */
export function runStep(step: Step | undefined, env: Readonly<Record<string, string>>, cwd = ROOT): Promise<Outcome> {
  if (step?.run === undefined) throw new Error("there is no such step with a script");
  return new Promise((resolve) => {
    const options = { cwd, env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env } };
    const child = execFile(
      "bash",
      ["--noprofile", "--norc", "-eo", "pipefail", "-c", step.run ?? ""],
      options,
      (_, out, error) => {
        resolve({ code: child.exitCode ?? -1, output: out + error });
      },
    );
  });
}
