import { type Waiver, waiver } from "./framework/waiver";
import type { RuleId } from "./packs";

export { waiverStatus } from "./framework/waiver";

/** Declares a waiver of a rule of either pack. */
export const waive = waiver<RuleId>;

/** Every waiver there is. Each preview lists them; an expired or needless one is a violation. */
export const waivers: readonly Waiver<RuleId>[] = [];
