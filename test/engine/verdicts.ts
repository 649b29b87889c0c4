import { join } from "node:path";
import type { EngineEvent, PolicyEvent } from "@pulumi/pulumi/automation";
import { type Engine, POLICY_PACKS, REPOSITORY } from "./engine";

/** What a preview with both packs, as configured for the stack, came to. */
export interface Judged {
  readonly packs: readonly string[];
  readonly verdicts: readonly PolicyEvent[];
  /** Whether the command failed because of a mandatory violation. */
  readonly stopped: boolean;
  /** All that the engine told of it. */
  readonly events: readonly EngineEvent[];
}

/** Previews a stack with both policy packs. */
export async function judged(engine: Engine): Promise<Judged> {
  const events: EngineEvent[] = [];
  const config = join(REPOSITORY, "policy/config", `${engine.stack.name}.json`);
  const found = () => events.flatMap(({ policyEvent }) => policyEvent ?? []);
  const stopped = await engine.stack
    .preview({
      policyPacks: POLICY_PACKS,
      policyPackConfigs: POLICY_PACKS.map(() => config),
      onEvent: (event) => events.push(event),
    })
    .then(
      () => false,
      (error: unknown) => {
        if (mandatory(found()).length === 0) throw error;
        return true;
      },
    );
  // The engine spells this key with a capital, unlike the SDK's type; its keys are "name|local|directory".
  const loaded = events.map(({ summaryEvent }) => (summaryEvent && Reflect.get(summaryEvent, "PolicyPacks")) ?? {});
  const packs = loaded.flatMap((versions) => Object.keys(versions)).map((key) => key.split("|")[0] ?? key);
  return { packs, verdicts: found(), stopped, events };
}

/** The mandatory ones, in words. */
export const mandatory = (verdicts: readonly PolicyEvent[]): string[] =>
  verdicts
    .filter(({ enforcementLevel }) => enforcementLevel === "mandatory")
    .map(({ policyName, resourceUrn, message }) => `${policyName}: ${resourceUrn}\n${message}`);
