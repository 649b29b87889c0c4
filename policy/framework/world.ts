import type { Value } from "./value";

/** Whether an address range is the whole internet. */
export const isWorld = (cidr: Value): boolean => ["0.0.0.0/0", "::/0"].includes(cidr.string() ?? "");
