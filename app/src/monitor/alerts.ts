import { CLEAR_SHARE, COOL_DOWN_SECONDS, THRESHOLDS, type Threshold } from "./thresholds.ts";

/** Name of an alert. */
export type AlertName = keyof typeof THRESHOLDS;

/** The values that alerts are about; null where one is not known. */
export type Watched = Readonly<Record<Threshold["measure"], number | null>>;

/** A value went above its threshold, or came back. */
export interface Alert {
  readonly alert: AlertName;
  readonly state: "raised" | "resolved";
  readonly value: number;
  readonly threshold: number;
  readonly unit: Threshold["unit"];
  /** One sentence for a person. */
  readonly message: string;
  /** ISO 8601: when the alert was raised. */
  readonly since: string;
  /** ISO 8601: the measurement's. */
  readonly timestamp: string;
}

/** Which alerts are raised. */
export interface Alerts {
  /** Takes the next measurement; returns what changes with it. A value that is not known changes nothing. */
  check(values: Watched, now: Date): Alert[];
  /** Those that are raised and not resolved. */
  raised(): readonly Alert[];
}

/** No alert is raised yet. */
export function createAlerts(): Alerts {
  const raised = new Map<AlertName, Alert>();
  const raisedAt = new Map<AlertName, number>();

  const next = (name: AlertName, threshold: Threshold, value: number, now: Date): Alert[] => {
    const active = raised.get(name);
    if (active && value < threshold.above * CLEAR_SHARE) {
      raised.delete(name);
      return [alert(name, threshold, "resolved", value, active.since, now)];
    }
    const cool = now.getTime() - (raisedAt.get(name) ?? Number.NEGATIVE_INFINITY) >= COOL_DOWN_SECONDS * 1000;
    if (active || value <= threshold.above || !cool) return [];
    const change = alert(name, threshold, "raised", value, now.toISOString(), now);
    raised.set(name, change);
    raisedAt.set(name, now.getTime());
    return [change];
  };

  return {
    check: (values, now) =>
      (Object.keys(THRESHOLDS) as AlertName[]).flatMap((name) => {
        const value = values[THRESHOLDS[name].measure];
        return value === null ? [] : next(name, THRESHOLDS[name], value, now);
      }),
    raised: () => [...raised.values()],
  };
}

function alert(
  name: AlertName,
  { above, unit, title }: Threshold,
  state: Alert["state"],
  value: number,
  since: string,
  now: Date,
): Alert {
  const shown = (number: number) => (unit === "" ? `${(number * 100).toFixed(1)} %` : `${number.toFixed(1)} ${unit}`);
  const message = `${title}${state === "resolved" ? " is over" : ""}: ${shown(value)} (threshold ${shown(above)})`;
  return { alert: name, state, value, threshold: above, unit, message, since, timestamp: now.toISOString() };
}
