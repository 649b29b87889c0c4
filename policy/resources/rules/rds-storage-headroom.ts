import { found, must } from "../../framework/finding";
import { resourceRule } from "../../framework/rule";
import { RDS_INSTANCE } from "../../framework/types";

/** AWS's advice: 26 % above the allocated storage (Amazon RDS User Guide, "Managing capacity automatically with storage autoscaling"). */
const HEADROOM = 1.26;

/** Storage types whose throughput does not depend on size or on burst credits. */
const STORAGE_TYPES: readonly (string | undefined)[] = ["gp3", "io2"];

export const rdsStorageHeadroom = resourceRule({
  id: "rds-storage-headroom",
  title: "Database storage grows before it is full, and its speed does not hang on burst credits",
  severity: "medium",
  reason: "A full disk stops a database; gp2 slows down as its credits run out, at the worst of times.",
  example: "maxAllocatedStorage is 500 and allocatedStorage is 400",
  remedy: "set maxAllocatedStorage to the configured factor × allocatedStorage or more, and storageType to gp3 or io2",
  config: {
    factor: {
      type: "number",
      description: "least maxAllocatedStorage, as a multiple of allocatedStorage",
      default: HEADROOM,
      minimum: 1,
    },
  },
  types: [RDS_INSTANCE],
  *check({ props }, { factor }) {
    yield* must(props.at("storageType"), (type) => STORAGE_TYPES.includes(type.string()));
    const allocated = props.at("allocatedStorage").number();
    const most = props.at("maxAllocatedStorage");
    // A replica takes its storage from the instance it copies, unless it says otherwise.
    if (allocated !== undefined && (most.number() ?? 0) < allocated * factor) {
      yield found(`${most} and allocatedStorage is ${allocated}`);
    }
  },
});
