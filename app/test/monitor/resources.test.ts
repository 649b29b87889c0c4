import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { readGroup } from "../../src/monitor/cgroup.ts";
import { resourceReader } from "../../src/monitor/resources.ts";

/** Sum of a statistic of all interfaces but the loopback one, as the kernel has it in another place. */
function interfaceSum(statistic: string): number {
  const names = readdirSync("/sys/class/net").filter((name) => name !== "lo");
  const values = names.map((name) => Number(readFileSync(`/sys/class/net/${name}/statistics/${statistic}`, "utf8")));
  return values.reduce((sum, value) => sum + value, 0);
}

/** Times of all processors together, as the kernel counts them (proc_stat(5)). */
function processorTimes() {
  const line = /^cpu +(.*)$/m.exec(readFileSync("/proc/stat", "utf8"))?.[1] ?? "";
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0] = line.split(" ").map(Number);
  const busy = user + nice + system + irq + softirq;
  return { busy, total: busy + idle + wait };
}

function spin(milliseconds: number): void {
  const until = performance.now() + milliseconds;
  while (performance.now() < until);
}

describe("this machine", { skip: !existsSync("/proc/net/dev") && "it has no /proc" }, () => {
  it("is as busy as its processor times say, in each interval anew", async (test) => {
    if ((await readGroup()).cpuLimit !== undefined) return test.skip("a limit is counted, not the machine");
    const read = await resourceReader();
    for (const pass of [() => spin(500), () => delay(500)]) {
      const before = processorTimes();
      await pass();
      const { cpu_percent } = await read();
      const after = processorTimes();
      const expected = ((after.busy - before.busy) / (after.total - before.total)) * 100;
      assert.ok(cpu_percent !== null && Math.abs(cpu_percent - expected) < 8, `${cpu_percent}, not ${expected}`);
    }
  });

  it("has the memory in use that its memory file, or the group's, says", async () => {
    const { memory_percent, memory_limited } = await (await resourceReader())();
    assert.ok(memory_percent !== null);
    if (memory_limited) return assert.ok(memory_percent > 0 && memory_percent <= 100);
    const [, available = 0, total = 1] = /(\d+)\s+(\d+)$/.exec(freeColumns()) ?? [];
    assert.ok(Math.abs(memory_percent - (1 - Number(available) / Number(total)) * 100) < 3, `${memory_percent}`);
  });

  it("has the file system's use that df says", async () => {
    const { disk_percent } = await (await resourceReader())();
    const df = execFileSync("df", ["--output=pcent", "/"], { encoding: "utf8" });
    // df rounds up.
    const shown = Number(/(\d+)%/.exec(df)?.[1]);
    assert.ok(disk_percent !== null && Math.abs(disk_percent - shown) <= 1.5, `${disk_percent} ${df}`);
  });

  it("has carried on the network what its interfaces say, in the interval alone", async () => {
    const before = interfaceSum("rx_bytes");
    const read = await resourceReader();
    const began = interfaceSum("rx_bytes");
    spin(50);
    const ending = interfaceSum("rx_bytes");
    const { network_io } = await read();
    const after = interfaceSum("rx_bytes");
    assert.ok(network_io !== null);
    assert.ok(network_io.bytes_recv >= ending - began && network_io.bytes_recv <= after - before);
  });
});

/** Available and total memory, as `free` reads them. */
function freeColumns(): string {
  const line = /^Mem:\s+(.*)$/m.exec(execFileSync("free", ["--bytes"], { encoding: "utf8" }))?.[1] ?? "";
  const [total, , , , , available] = line.split(/\s+/);
  return `${available} ${total}`;
}
