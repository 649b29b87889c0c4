import { readFileSync } from "node:fs";
import { ConfigurationError } from "../command/errors";

/**
 * The API key, from where no list of processes shows it: API_KEY, or a file that API_KEY_FILE names.
 *
 * @throws ConfigurationError without the key in it
 */
export function readApiKey({ API_KEY, API_KEY_FILE }: NodeJS.ProcessEnv): string {
  if (API_KEY && API_KEY_FILE)
    throw new ConfigurationError("API_KEY", ["found API_KEY_FILE too; allowed: one of both"]);
  const key = (API_KEY || (API_KEY_FILE ? readKeyFile(API_KEY_FILE) : "")).trim();
  if (key === "") {
    throw new ConfigurationError("API_KEY", [
      "found nothing; allowed: an API key in the environment variable API_KEY, or in the file that API_KEY_FILE names",
    ]);
  }
  return key;
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigurationError("API_KEY_FILE", [(error as Error).message]);
  }
}
