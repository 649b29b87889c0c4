import { join } from "node:path";
import type { GraphDiff, ResourceChange } from "../../ops/diff/change";
import { type Danger, dangers } from "../../ops/diff/dangers";
import { diffGraphs } from "../../ops/diff/graph-diff";
import type { Side } from "../../ops/diff/side";
import type { RecordedResource } from "../../ops/preview/graph";
import { recordStack } from "../../ops/preview/preview";
import { digestSecrets } from "../../ops/preview/secrets";

/** A resource of a side that a test may change. */
export type Editable = Omit<Writable<RecordedResource>, "inputs" | "options"> & {
  inputs: Record<string, unknown>;
  options: Writable<RecordedResource["options"]>;
};

type Writable<T> = { -readonly [K in keyof T]: T[K] };

let recorded: Promise<Side> | undefined;

/** The production stack of this repository. */
export async function production(): Promise<Side> {
  recorded ??= recordStack(join(__dirname, "..", ".."), "prod").then(
    ({ graph, registrations, capacity, settings }) => ({
      resources: graph.resources,
      capacity,
      settings,
      secrets: digestSecrets(registrations, "test"),
    }),
  );
  return structuredClone(await recorded);
}

/** The production stack after a change to its resources. */
export async function edited(edit: (resources: Editable[]) => Editable[] | undefined): Promise<Side> {
  const side = await production();
  const resources = side.resources as Editable[];
  return { ...side, resources: edit(resources) ?? resources };
}

/** The one resource of a name, or of a type and a name. */
export function named(resources: readonly Editable[], name: string, type = ""): Editable {
  const [found, ...others] = resources.filter((resource) => resource.name === name && resource.type.includes(type));
  if (found === undefined || others.length > 0) throw new Error(`${others.length + 1} resources are named ${name}`);
  return found;
}

/** What production becomes by an edit. */
export async function difference(edit: (resources: Editable[]) => Editable[] | undefined): Promise<GraphDiff> {
  return diffGraphs(await production(), await edited(edit));
}

/** The loud lines that an edit of production brings. */
export async function loud(edit: (resources: Editable[]) => Editable[] | undefined): Promise<Danger[]> {
  return dangers((await difference(edit)).changes);
}

/** The one change of a resource. */
export function changeOf({ changes }: Pick<GraphDiff, "changes">, name: string, type = ""): ResourceChange {
  const [found, ...others] = changes.filter((change) => change.name === name && change.type.includes(type));
  if (found === undefined || others.length > 0) {
    throw new Error(
      `${others.length + (found ? 1 : 0)} changes of ${name}; there are: ${changes.map((c) => c.name).join(", ")}`,
    );
  }
  return found;
}
