/**
 * Reads AWS's public prices of a stack's region into `sizing/data/prices.json`: `make prices` (STACK=prod). Needs the network, no
 * account. What it exits with: {@link ExitCode}.
 */
import { join } from "node:path";
import { PRICES_FILE } from "../../sizing/prices";
import { ExitCode } from "../command/errors";
import { stackSettings } from "../stack-settings";
import { updatePrices } from "./update";

const root = join(__dirname, "..", "..");

/** Errors of what people write for a stack. */
const MISCONFIGURED = ["ConfigurationError", "SettingsError"];

async function main(): Promise<void> {
  const { region } = stackSettings(root, process.env.STACK || "prod").settings;
  const missing = await updatePrices(join(root, PRICES_FILE), region, { today: new Date() }, console.error);
  console.log(`wrote the prices of ${region} to ${PRICES_FILE}`);
  if (missing.length > 0) console.log(`the price list has no clear price of ${missing.join(", ")}`);
}

main().catch((error: Error) => {
  console.error(`error: ${error.message}`);
  if (process.env.DEBUG) console.error(error.stack);
  process.exitCode = MISCONFIGURED.includes(error.name) ? ExitCode.misconfigured : ExitCode.failed;
});
