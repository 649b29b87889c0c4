/**
 * The other side of a comparison: previews a stack of the tree that this file lies in, and writes all that is compared as
 * JSON. `against.ts` lays today's `ops/` over the tree of another commit and runs this there, so that both sides are
 * recorded by the same tool, each with its own program, settings, policies and packages.
 *
 * STACK names the stack, SECRETS_KEY what the digests of its secrets are made with.
 */
import { progress, readOptions, root, runCommand } from "../command/command";
import type { Side } from "./side";

runCommand(async (startPacks) => {
  const { stack = "" } = readOptions(["json"], "stack");
  const packs = startPacks();
  const { preview } = require("../preview/preview") as typeof import("../preview/preview");
  const { graph, ...others } = await preview(root, stack, packs, progress, process.env.SECRETS_KEY);
  const { capacity, cost, settings, secrets, packs: rules, violations, waivers } = others;
  const judgement = { packs: rules, violations, waivers };
  const side: Side = { resources: graph.resources, capacity, ...(cost && { cost }), settings, secrets, judgement };
  // What it is judged to be is said by the comparison; this command only ends well or not.
  return { document: JSON.stringify(side), violated: false };
});
