import { targets } from "../../targets";
import { type Goals, verdict } from "../loadtest/goals";
import type { LoadReport } from "../loadtest/report";
import type { Evidence } from "./item";

/**
 * The targets as a load test measured them from outside, judged anew: a load test may have been told other targets, which its own
 * verdicts are of. Under a lighter load than the targets name, what holds shows nothing.
 *
 * @param values what the targets are
 */
export function underLoad(report: LoadReport, values: Goals["values"]): Evidence[] {
  const { url, startedAt, stopped } = report;
  const light = isLight(report, values);
  return report.targets.map(({ name, measured }): Evidence => {
    const { bound, unit } = targets[name];
    const subject = `${url}, ${startedAt.slice(0, 10)}`;
    const found = measured === undefined ? "not measured" : `${measured} ${unit}`;
    const about = { source: "load test", subject, property: name, found } as const;
    const is = verdict(name, measured, values[name], stopped === undefined);
    const isLoad = name === "requestRate" || name === "concurrentUsers";
    // More than was asked for cannot be reached.
    if (is === "missed" && !(light && isLoad)) {
      return { ...about, status: "fail", expected: `${bound} ${values[name]} ${unit}` };
    }
    if (is === "met" && !light) return { ...about, status: "pass" };
    const load = `${values.requestRate} requests/s by ${values.concurrentUsers} users`;
    return {
      ...about,
      status: "not checked",
      missing: light ? `a load test with more than ${load}` : "a load test that measures it to its end",
    };
  });
}

/** Whether the load was to be lighter than the targets' rate and users, or never came to its whole. */
function isLight({ stages, targets: judged }: LoadReport, { requestRate, concurrentUsers }: Goals["values"]): boolean {
  const whole = stages.find((stage) => stage.judged);
  if (whole === undefined) return false;
  // Users who could not connect were asked for all the same.
  const asked = judged.find(({ name }) => name === "concurrentUsers")?.value ?? whole.users;
  return whole.offeredPerSecond < requestRate || asked < concurrentUsers;
}
