import { setTimeout as delay } from "node:timers/promises";
import type { Stack } from "../../app/local/stack.ts";
import { readGoals } from "../loadtest/goals";
import { loadTest } from "../loadtest/load-test";
import { endProgress, showProgress } from "../loadtest/progress";
import type { LoadReport } from "../loadtest/report";
import type { Modules } from "./modules";
import type { Service } from "./service";

/** The most that was in use while the service was loaded. */
export interface Peaks {
  /** Connections to the database, and those that it allows. */
  readonly connections: number;
  readonly maxConnections: number;
  /** Bytes of the cache's data. */
  readonly cacheBytes: number;
  /** Bytes of all of the service's processes; none where there is no /proc. */
  readonly serviceBytes: number | undefined;
}

/** What came of the load. */
export interface Loaded {
  readonly report: LoadReport;
  readonly peaks: Peaks;
}

/** How often the peaks are looked for: a look costs as much as a request or two. */
const LOOK_MS = 1000;

/** No key's own limit is to end the load, which is for all of the service's users. */
const QUOTA = { requestsPerSecond: 1_000_000, burst: 1_000_000 };

/** Loads the service up to the targets, and looks meanwhile at what it and its servers use. */
export async function loadService(service: Service, stack: Stack, seconds: number, modules: Modules): Promise<Loaded> {
  const apiKey = await modules.makeApiKey(stack, "rehearsal", QUOTA);
  const owner = await stack.connect();
  try {
    const [{ allowed } = { allowed: Number.NaN }] = (
      await owner.query("SELECT current_setting('max_connections')::integer AS allowed")
    ).rows;
    const looks: Omit<Peaks, "maxConnections">[] = [];
    let over = false;
    const looking = (async () => {
      while (!over) {
        const { rows } = await owner.query(
          "SELECT count(*)::integer AS connections FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
        );
        const memory = await modules.redisCommand(stack.redis.port, "INFO memory");
        looks.push({
          connections: rows[0].connections,
          cacheBytes: Number(/^used_memory:(\d+)/m.exec(memory)?.[1]),
          serviceBytes: process.platform === "linux" ? modules.treeBytes(service.pid) : undefined,
        });
        await delay(LOOK_MS);
      }
    })();
    try {
      const options = { origin: service.url, apiKey, goals: readGoals(), seconds, progress: showProgress };
      const report = await loadTest(options);
      endProgress();
      over = true;
      await looking;
      const most = (figures: readonly number[]) => figures.reduce((a, b) => Math.max(a, b), 0);
      const serviceBytes = looks.flatMap((look) => look.serviceBytes ?? []);
      return {
        report,
        peaks: {
          connections: most(looks.map(({ connections }) => connections)),
          maxConnections: allowed,
          cacheBytes: most(looks.map(({ cacheBytes }) => cacheBytes)),
          serviceBytes: serviceBytes.length === 0 ? undefined : most(serviceBytes),
        },
      };
    } finally {
      over = true;
      await looking.catch(() => undefined);
    }
  } finally {
    await owner.end();
  }
}
