import assert from "node:assert/strict";
import fc from "fast-check";
import {
  LATEST_START_SECONDS,
  MAINTENANCE_GRACE_SECONDS,
  type MaintenanceSlot,
  maintenanceSlots,
} from "../../sizing/maintenance";

const DAY = 24 * 60 * 60;

/** Seconds after midnight at which a slot begins. */
function start({ schedule }: MaintenanceSlot): number {
  const [, minute, hour] = /^(\d+) (\d+) \* \* \*$/.exec(schedule) ?? [];
  assert.ok(Number(minute) < 60 && Number(hour) < 24, schedule);
  return (Number(hour) * 60 + Number(minute)) * 60;
}

describe("nightly maintenance", () => {
  it("is in the two hours before the backup, at any time of the day", () => {
    const { analyze, optimize, verify } = maintenanceSlots("03:00-04:00");
    assert.deepEqual(
      [analyze, optimize, verify].map(({ schedule }) => schedule),
      ["0 1 * * *", "30 1 * * *", "30 2 * * *"],
    );
    assert.equal(maintenanceSlots("00:15-01:00").optimize.schedule, "45 22 * * *");
  });

  it("looks, then changes, then looks whether all is well, and no two at a time: so much does the connection budget keep", () => {
    const clock = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }));
    fc.assert(
      fc.property(clock, ([hour, minute]) => {
        const text = [hour, minute].map((part) => String(part).padStart(2, "0")).join(":");
        const { analyze, optimize, verify } = maintenanceSlots(`${text}-${text}`);
        const backup = (hour * 60 + minute) * 60;
        const from = (moment: number) => (moment - start(analyze) + DAY) % DAY;
        const end = (slot: MaintenanceSlot) =>
          from(start(slot)) + LATEST_START_SECONDS + slot.deadlineSeconds + MAINTENANCE_GRACE_SECONDS;
        assert.ok(analyze.deadlineSeconds > 0);
        assert.ok(end(analyze) <= from(start(optimize)));
        assert.ok(end(optimize) <= from(start(verify)));
        assert.ok(end(verify) <= from(backup));
      }),
    );
  });
});
