import { existsSync } from "node:fs";
import { ConfigurationError } from "../../command/errors";
import { type LoadReport, readLoadReport } from "../../loadtest/report";

/**
 * Reads the report that a load test wrote.
 *
 * @throws ConfigurationError that names the file and what is wrong with it
 */
export function loadTest(file: string): LoadReport {
  if (!existsSync(file))
    throw new ConfigurationError("REPORT", [`found no file ${file}; allowed: what make loadtest wrote`]);
  try {
    return readLoadReport(file);
  } catch {
    throw new ConfigurationError("REPORT", [
      `found something else in ${file}; allowed: the JSON that make loadtest wrote`,
    ]);
  }
}
