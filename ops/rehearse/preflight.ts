import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { kib, mib, readableSize } from "../../sizing/units";
import { ConfigurationError } from "../command/errors";
import type { Options } from "./options";

/** Disk that an anomaly takes with its indexes, the records beside it, and the write-ahead log of both; measured on a million, rounded up. */
const DISK_BYTES_PER_ANOMALY = kib(4);

/** Disk of a database without rows, and of the programs where they are copied for another user. */
const DISK_BYTES = mib(512);

/**
 * Looks whether the machine can do what is asked, before anything is started.
 *
 * @throws ConfigurationError that says what there is, what it takes, and how to get along
 */
export async function requireRoom(options: Options, isFree: (port: number) => Promise<boolean>): Promise<void> {
  const { anomalies, port } = options;
  if (port !== undefined && !(await isFree(port))) {
    throw new ConfigurationError(`PORT=${port}`, ["something listens there; without PORT a free one is taken"]);
  }
  const folder = tmpdir();
  const { bavail, bsize } = await statfs(folder);
  const needed = DISK_BYTES + anomalies * DISK_BYTES_PER_ANOMALY;
  if (bavail * bsize >= needed) return;
  throw new ConfigurationError(`ANOMALIES=${anomalies}`, [
    `they take ${readableSize(needed)} of disk, and ${folder} has ${readableSize(bavail * bsize)} free; ` +
      "allowed: fewer, or another folder in TMPDIR",
  ]);
}
