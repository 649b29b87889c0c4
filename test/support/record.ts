import type { Graph } from "../../ops/preview/graph";
import { type RecordOptions, recordProgram } from "../../ops/preview/recorder";

export type { Graph, RecordedResource } from "../../ops/preview/graph";

/**
 * Runs a function as a Pulumi program during a first preview and returns the resources that it registers,
 * without the root stack. Outputs that a provider would compute are unknown; an invoke fails.
 */
export async function record(program: () => unknown, options?: RecordOptions): Promise<Graph> {
  const { graph } = await recordProgram(program, options);
  return graph;
}
