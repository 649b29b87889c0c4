import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { groupPaths, version1, version2 } from "../../src/monitor/cgroup.ts";

const CPU_STAT = "usage_usec 7421096\nuser_usec 5113222\nsystem_usec 2307874\nnr_periods 120\nnr_throttled 7\n";
const MEMORY_STAT = "anon 381210624\nfile 96468992\ninactive_file 73400320\nactive_file 23068672\n";

describe("a control group", () => {
  it("of version 2 with limits", () => {
    const files = {
      "cpu.max": "150000 100000\n",
      "cpu.stat": CPU_STAT,
      "memory.max": "1073741824\n",
      "memory.current": "511705088\n",
      "memory.stat": MEMORY_STAT,
    };
    assert.deepEqual(version2.read(files), {
      cpuLimit: 1.5,
      cpuSeconds: 7.421096,
      memoryLimit: 1_073_741_824,
      memoryUsed: 511_705_088 - 73_400_320,
    });
  });

  it("of version 2 without limits", () => {
    const group = version2.read({ "cpu.max": "max 100000\n", "memory.max": "max\n", "memory.current": "4096\n" });
    assert.deepEqual([group.cpuLimit, group.memoryLimit, group.memoryUsed], [undefined, undefined, 4096]);
  });

  it("of version 1 with limits", () => {
    const files = {
      "cpu.cfs_quota_us": "50000\n",
      "cpu.cfs_period_us": "100000\n",
      "cpuacct.usage": "7421096123\n",
      "memory.limit_in_bytes": "536870912\n",
      "memory.usage_in_bytes": "300000000\n",
      "memory.stat": "inactive_file 1\ntotal_cache 5\ntotal_inactive_file 100000000\n",
    };
    assert.deepEqual(version1.read(files), {
      cpuLimit: 0.5,
      cpuSeconds: 7.421096123,
      memoryLimit: 536_870_912,
      memoryUsed: 200_000_000,
    });
  });

  it("of version 1 without limits", () => {
    const files = {
      "cpu.cfs_quota_us": "-1\n",
      "cpu.cfs_period_us": "100000\n",
      "memory.limit_in_bytes": "9223372036854771712\n",
    };
    const group = version1.read(files);
    assert.deepEqual([group.cpuLimit, group.memoryLimit], [undefined, undefined]);
  });

  it("is not there on a system without them", () => {
    const nothing = { cpuLimit: undefined, cpuSeconds: undefined, memoryLimit: undefined, memoryUsed: undefined };
    assert.deepEqual([version1.read({}), version2.read({})], [nothing, nothing]);
  });

  it("has a path for each controller", () => {
    const text = "9:name=systemd:/\n4:memory:/kubepods/pod1:2/abc\n2:cpu,cpuacct:/kubepods/pod1/abc\n0::/unified\n";
    assert.deepEqual(Object.fromEntries(groupPaths(text)), {
      "name=systemd": "/",
      memory: "/kubepods/pod1:2/abc",
      cpu: "/kubepods/pod1/abc",
      cpuacct: "/kubepods/pod1/abc",
      "": "/unified",
    });
  });
});
