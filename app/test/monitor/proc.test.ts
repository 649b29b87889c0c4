import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { diskIo, memoryPercent, networkIo } from "../../src/monitor/proc.ts";

const NET_DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1179571527 1122275    0    0    0     0          0         0 1179571527 1122275    0    0    0     0       0          0
  ifb0:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0
  eth0: 2191607418  104637    0    0    0     0          0         0  9139060   79516    0    0    0     0       0          0
  eth1:1000 10 0 0 0 0 0 0 2000 20 0 0 0 0 0 0
`;

const DISKSTATS = `   7       0 loop0 12 0 96 3 0 0 0 0 0 4 3 0 0 0 0 0 0
 254       0 vda 914508 111945 31184082 911568 372268 1685890 87406408 394243 0 255368 1419282 1348432 241 69000416 113113 5819 356
 254       1 vda1 914000 111945 31184000 911568 372268 1685890 87406400 394243 0 255368 1419282 0 0 0 0 0 0
 253       0 zram0 5 0 40 0 5 0 40 0 0 0 0 0 0 0 0 0 0
 252       0 dm-0 900 0 9000 0 900 0 9000 0 0 0 0 0 0 0 0 0 0
 259       0 nvme0n1 100 0 2000 5 200 0 4000 7 0 9 12 0 0 0 0 0 0
 259       1 nvme0n1p1 99 0 1990 5 199 0 3990 7 0 9 12 0 0 0 0 0 0
`;

describe("/proc", () => {
  it("tells what all interfaces but the loopback one have carried", () => {
    assert.deepEqual(networkIo(NET_DEV), {
      bytes_sent: 9_141_060,
      bytes_recv: 2_191_608_418,
      packets_sent: 79_536,
      packets_recv: 104_647,
    });
  });

  it("tells what the disks have done, each once: no partitions, no layers above them, nothing in memory", () => {
    assert.deepEqual(diskIo(DISKSTATS), {
      read_bytes: (31_184_082 + 2000) * 512,
      write_bytes: (87_406_408 + 4000) * 512,
      read_count: 914_608,
      write_count: 372_468,
    });
  });

  it("tells how much memory cannot be taken back", () => {
    const text = "MemTotal:       24684096 kB\nMemFree:        2733928 kB\nMemAvailable:    6171024 kB\n";
    assert.equal(memoryPercent(text), 75);
    assert.equal(memoryPercent("MemTotal:       24684096 kB\n"), null);
  });
});
