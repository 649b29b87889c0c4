import { execFile } from "node:child_process";
import { join } from "node:path";
import type { Stack } from "../../app/local/stack.ts";
import type { CheckedItem } from "../checklist/item";
import type { LoadReport } from "../loadtest/report";
import { writeReport } from "../report";
import { ownerUrl } from "./maintenance";
import { reportPlace } from "./options";
import type { Plan } from "./plan";
import type { Service } from "./service";

/**
 * Verifies the guide's checklist on the rehearsed system, with the load test's report. It looks into the database only where its
 * parameters are the stack's own: scaled ones would be told as wrong.
 *
 * @throws Error with what the checklist said when it could not be made
 */
export function rehearsedChecklist(
  root: string,
  plan: Plan,
  service: Service,
  stack: Stack,
  report: LoadReport,
): Promise<readonly CheckedItem[]> {
  const load = `${reportPlace(root, plan.options)}-load.json`;
  writeReport(load, JSON.stringify(report, null, 2));
  const { DATABASE_URL: _, FORMAT: __, ...env } = process.env;
  const given = {
    STACK: plan.options.stack,
    FORMAT: "json",
    URL: service.url,
    METRICS_URL: service.metricsUrl,
    CACHE_URL: `redis://127.0.0.1:${stack.redis.port}`,
    REPORT: load,
    ...(plan.options.exact && { DATABASE_URL: ownerUrl(stack) }),
  };
  const program = ["--require", join(root, "ops/preview/typescript.cjs"), join(root, "ops/checklist/main.ts")];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, program, { cwd: root, env: { ...env, ...given } }, (error, document, errors) => {
      // It exits with 1 where an item fails.
      if (error !== null && error.code !== 1) return reject(new Error(`the checklist could not be made: ${errors}`));
      resolve((JSON.parse(document) as { items: CheckedItem[] }).items);
    });
  });
}
