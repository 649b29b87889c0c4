import { rules as resources } from "./resources/rules";
import { rules as security } from "./security/rules";

/** Both packs: name, as the engine shows it, and rules. */
export const packs = [
  { name: "pynomaly-resources", rules: resources },
  { name: "pynomaly-security", rules: security },
] as const;

/** Id of a rule of either pack. */
export type RuleId = (typeof packs)[number]["rules"][number]["id"];
