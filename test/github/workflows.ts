import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

export const ROOT = join(__dirname, "..", "..");

export interface Step {
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Job {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly environment?: string;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly if?: string;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly file: string;
  readonly text: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: Job["concurrency"];
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = join(ROOT, ".github/workflows");

/** Every workflow of the repository. */
export const workflows: readonly Workflow[] = readdirSync(folder).map((file) => {
  const text = readFileSync(join(folder, file), "utf8");
  return { file, text, ...parse(text) };
});

/** One workflow, by its file's name without the ending. */
export function workflow(name: string): Workflow {
  const found = workflows.find(({ file }) => file === `${name}.yml`);
  if (found === undefined) throw new Error(`there is no workflow ${name}`);
  return found;
}

/** The action that sets up pulumi for the other workflows. */
export const stackAction: { readonly runs: { readonly steps: readonly Step[] } } = parse(
  readFileSync(join(ROOT, ".github/actions/stack/action.yml"), "utf8"),
);

/** Every job, with where it is. */
export const jobs = workflows.flatMap((workflow) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ where: `${workflow.file} ${name}`, workflow, name, job })),
);

/** Every step of jobs and actions, with where it is. */
export const steps: readonly { readonly where: string; readonly step: Step }[] = [
  ...jobs.flatMap(({ where, job }) => job.steps.map((step) => ({ where, step }))),
  ...stackAction.runs.steps.map((step) => ({ where: "actions/stack", step })),
];
