import { CLEAR_SHARE, THRESHOLDS } from "./thresholds.ts";

/** What the workers do about the memory. */
export interface Relief {
  /** Give back what is only kept to be faster: caches and models. */
  readonly trim: boolean;
  /** Refuse requests. */
  readonly shed: boolean;
}

/**
 * Decides from one measurement to the next: memory above the threshold is trimmed; if it is still there at the next, load
 * is shed until it is well below. Guide, Memory and CPU Optimization: `monitor_resources`, which collects garbage instead.
 */
export function createPressure(): (memoryPercent: number | null) => Relief {
  let trimmed = false;
  let shed = false;
  return (memoryPercent) => {
    if (memoryPercent === null) return { trim: false, shed };
    const high = memoryPercent > THRESHOLDS.memory.above;
    if (high) shed = trimmed;
    else if (memoryPercent < THRESHOLDS.memory.above * CLEAR_SHARE) shed = false;
    trimmed = high || shed;
    return { trim: high, shed };
  };
}
