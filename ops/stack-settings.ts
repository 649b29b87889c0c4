import { type Configuration, parseSettings } from "../settings";
import { readStackConfig } from "./preview/stack-config";

/** Errors of what people write for a stack, by name. */
export const MISCONFIGURED: readonly string[] = ["ConfigurationError", "SettingsError"];

/**
 * A stack's settings, and the capacity that follows from them, without running its program.
 *
 * @param root the repository's root
 * @throws ConfigurationError or SettingsError when the stack's configuration is wrong
 */
export function stackSettings(root: string, stack: string): Configuration {
  const { project, config } = readStackConfig(root, stack);
  const prefix = `${project}:`;
  const own = Object.entries(config).filter(([key]) => key.startsWith(prefix));
  return parseSettings(stack, Object.fromEntries(own.map(([key, value]) => [key.slice(prefix.length), value])));
}
