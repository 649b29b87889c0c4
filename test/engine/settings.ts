import { parse, stringify } from "yaml";

/** Keys of the project's configuration, without its name. */
export type Settings = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** The text of a stack's settings file with some keys changed. */
export function withSettings(text: string, settings: Settings): string {
  const { config, ...others } = parse(text);
  const changed = Object.entries(settings).map(([key, value]) => [`pynomaly-infra:${key}`, value]);
  return stringify({ ...others, config: { ...config, ...Object.fromEntries(changed) } });
}
