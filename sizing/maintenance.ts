/** The commands of the service's database tool that run every night, in this order. */
export type MaintenanceCommand = "analyze" | "optimize" | "verify";

/** When a command runs, and for how long at most. */
export interface MaintenanceSlot {
  /** In cron's form, UTC. */
  readonly schedule: string;
  /** A run that goes on for longer is told to end. */
  readonly deadlineSeconds: number;
}

/**
 * The guide's order (`main()`, Query Performance Optimization): what is slow is looked for before anything is changed.
 * Whether all is as it is to be is looked at last.
 */
const SLOT_MINUTES: Readonly<Record<MaintenanceCommand, number>> = { analyze: 30, optimize: 60, verify: 30 };

/** How late a run may begin that could not begin in time. Kubernetes looks every 10 s. */
export const LATEST_START_SECONDS = 120;

/** Time of a run that is told to end: it cancels its statement and drops the half index of that. */
export const MAINTENANCE_GRACE_SECONDS = 120;

const MINUTES_PER_DAY = 24 * 60;

/**
 * The nightly slots. The guide names no time: they are the two hours before the daily backup, whose window is the quiet
 * time of the day, so that the backup has the database as maintenance leaves it. No two slots overlap, so that a night's
 * maintenance needs the connections of one command alone.
 *
 * @param backupWindow `hh:mm-hh:mm`, UTC
 */
export function maintenanceSlots(backupWindow: string): Readonly<Record<MaintenanceCommand, MaintenanceSlot>> {
  const [hour = 0, minute = 0] = backupWindow.slice(0, 5).split(":").map(Number);
  const total = Object.values(SLOT_MINUTES).reduce((sum, minutes) => sum + minutes, 0);
  let start = hour * 60 + minute - total + MINUTES_PER_DAY;
  const slot = (command: MaintenanceCommand): MaintenanceSlot => {
    const at = start % MINUTES_PER_DAY;
    start += SLOT_MINUTES[command];
    return {
      schedule: `${at % 60} ${Math.floor(at / 60)} * * *`,
      deadlineSeconds: SLOT_MINUTES[command] * 60 - LATEST_START_SECONDS - MAINTENANCE_GRACE_SECONDS,
    };
  };
  return { analyze: slot("analyze"), optimize: slot("optimize"), verify: slot("verify") };
}
