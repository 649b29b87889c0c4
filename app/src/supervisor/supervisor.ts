import cluster, { type Worker } from "node:cluster";
import { availableParallelism, totalmem } from "node:os";
import { getHeapStatistics } from "node:v8";
import type { Logger } from "pino";
import type { Relief } from "../monitor/pressure.ts";
import type { Collected } from "../monitor/traffic.ts";
import { counter, gauge, plain, type Snapshot } from "../telemetry/snapshot.ts";
import { createCollector } from "./collector.ts";
import type { ToPrimary, ToWorker } from "./messages.ts";
import { createDeathCount, HOPELESS_DEATHS, RECOVERED_MS, restartPauseMs } from "./restarts.ts";

/** How long the workers may take over what they are asked. */
export interface SupervisorTiming {
  readonly pingMs: number;
  /** Pings that a worker may miss, one after the other. */
  readonly missedPings: number;
  /** Pings until a new worker must be ready. */
  readonly startPings: number;
  /** From the signal to leave until the worker is killed. */
  readonly shutdownMs: number;
}

/**
 * Threads that compile and collect garbage beside a process' own, as Node has them (`--v8-pool-size`), whatever the CPUs.
 * On fewer CPUs they keep the process from answering for some 20 ms at each collection, and use up a pod's CPU limit.
 */
const V8_THREADS = 4;

/**
 * The heap may be four times what was found alive in it before all of it is collected: the most that V8 lets any heap grow
 * (`MemoryController::MaxGrowingFactor`); of itself it let a worker's grow by half. A collection holds up all that is asked
 * meanwhile.
 */
const HEAP_GROWTH = "--heap-growing-percent=300";

/**
 * Where objects lived long for a while, V8 may come to make all later ones in the old heap at once, for good: in one worker of
 * twenty that were those of every request, which then all waited for a collection of the whole heap, while each of the young
 * heap took 30 ms instead of one.
 */
const NO_PRETENURING = "--no-allocation-site-pretenuring";

/** What the supervisor works with. */
export interface SupervisorOptions {
  /** File of the module that every worker runs. */
  readonly exec: string;
  readonly workers: number;
  readonly logger: Logger;
  readonly timing: SupervisorTiming;
  /** All workers are ready for the first time. */
  readonly onReady: () => void;
  /** Workers die before they are ready, again and again. */
  readonly onHopeless: (reason: string) => void;
}

/** A place that one worker after the other takes. */
interface Slot {
  worker: Worker | undefined;
  ready: boolean;
  readySince: number;
  /** Pings since the worker was last heard; since it was forked, while it is not ready. */
  missed: number;
  /** In a row. */
  failures: number;
  /** What the worker said before it exited. */
  reason: string | undefined;
  pause: NodeJS.Timeout | undefined;
}

/** Keeps workers running. */
export interface Supervisor {
  /** The worker that each slot has now. */
  workers(): readonly { readonly pid: number | undefined; readonly ready: boolean }[];
  /** Metrics of the workers. */
  collect(): Promise<Collected>;
  /** The supervisor's own metrics. */
  snapshot(): Snapshot;
  /** Tells every worker what to do about the memory; a worker that comes later is told, too. */
  relieve(relief: Relief): void;
  /** Lets every worker finish and leave. @returns whether every request finished */
  stop(): Promise<boolean>;
  /** Ends every worker at once. */
  kill(): void;
}

/** Forks the workers and replaces those that die or freeze. A process has one supervisor: it is the cluster's primary. */
export function supervise(options: SupervisorOptions): Supervisor {
  const { logger, timing } = options;
  const slots = Array.from({ length: options.workers }, (): Slot => emptySlot());
  const countDeath = createDeathCount();
  let started = false;
  let stopping = false;
  let restarts = 0;
  let shed = false;
  let unfinished = false;
  let onStopped: (() => void) | undefined;

  const living = () => slots.filter((slot) => slot.worker?.isConnected());
  const send = (slot: Slot, message: ToWorker) => {
    // An error means that the worker is exiting, and its exit is heard.
    slot.worker?.send(message, () => undefined);
  };
  const collector = createCollector((message) => {
    // One that is still starting has nothing to tell, and would be waited for.
    const asked = living().filter(({ ready }) => ready);
    for (const slot of asked) send(slot, message);
    return asked.map((slot) => slot.worker?.id ?? 0);
  });

  const hear = (slot: Slot, worker: Worker, message: ToPrimary) => {
    if (slot.ready) slot.missed = 0;
    if (message.type === "failed") slot.reason = message.reason;
    if (message.type === "metrics") collector.answered(worker.id, message.id, message.snapshot);
    if (message.type === "invalidation") {
      for (const other of living()) if (other !== slot) send(other, message);
    }
    if (message.type !== "ready") return;
    slot.ready = true;
    slot.missed = 0;
    slot.readySince = performance.now();
    if (shed) send(slot, { type: "relieve", relief: { trim: false, shed } });
    if (started || !slots.every((one) => one.ready)) return;
    started = true;
    options.onReady();
  };

  const died = (slot: Slot, worker: Worker, cause: string) => {
    const { ready, readySince } = slot;
    const reason = slot.reason === undefined ? cause : `${cause}: ${slot.reason}`;
    if (ready && performance.now() - readySince > RECOVERED_MS) slot.failures = 0;
    const failures = slot.failures + 1;
    Object.assign(slot, emptySlot(), { failures });
    collector.gone(worker.id);
    if (stopping) {
      // A worker that was not ready had no requests.
      if (ready && cause !== "exit code 0") unfinished = true;
      if (slots.every((one) => one.worker === undefined)) onStopped?.();
      return;
    }
    if (!ready && countDeath(performance.now())) {
      return options.onHopeless(`${HOPELESS_DEATHS} workers died without having been ready; the last with ${reason}`);
    }
    const pause = restartPauseMs(failures);
    logger.error({ worker: worker.process.pid, reason, pauseMs: Math.round(pause) }, "a worker died");
    slot.pause = setTimeout(() => {
      restarts += 1;
      fork(slot);
    }, pause);
  };

  const fork = (slot: Slot) => {
    const worker = cluster.fork();
    slot.worker = worker;
    worker.on("message", (message: ToPrimary) => hear(slot, worker, message));
    let cause: string | undefined;
    // Its last message may come after its exit, but not after the end of its channel.
    const gone = () => {
      if (cause !== undefined && !worker.isConnected()) died(slot, worker, cause);
    };
    worker.on("disconnect", gone);
    worker.on("exit", (code, signal) => {
      cause = signal ? `signal ${signal}` : `exit code ${code}`;
      gone();
    });
    worker.on("error", (error) => {
      logger.error({ err: error }, "a worker could not be reached");
      // One that could not even be started has no exit.
      if (worker.process.pid === undefined) cause = error.message;
    });
  };

  const pinging = setInterval(() => {
    for (const slot of slots) {
      if (slot.missed >= (slot.ready ? timing.missedPings : timing.startPings)) {
        const what = slot.ready ? "a worker is frozen" : "a worker does not become ready";
        logger.error({ worker: slot.worker?.process.pid }, what);
        slot.worker?.process.kill("SIGKILL");
      } else if (slot.worker) {
        // Counted, not timed: a primary that was itself held up has not asked, and blames nobody.
        slot.missed += 1;
        send(slot, { type: "ping" });
      }
    }
  }, timing.pingMs);

  const kill = () => {
    for (const slot of slots) slot.worker?.process.kill("SIGKILL");
  };

  cluster.setupPrimary({
    exec: options.exec,
    execArgv: [
      ...process.execArgv,
      HEAP_GROWTH,
      NO_PRETENURING,
      threadShare(options.workers),
      ...heapShare(options.workers),
    ],
  });
  for (const slot of slots) fork(slot);

  return {
    workers: () => slots.map(({ worker, ready }) => ({ pid: worker?.process.pid, ready })),
    collect: collector.collect,
    snapshot: () => [
      counter("pynomaly_worker_restarts_total", "Workers replaced", plain(restarts)),
      gauge("pynomaly_workers", "Workers that there should be", plain(slots.length)),
      gauge("pynomaly_workers_ready", "Workers that serve", plain(slots.filter(({ ready }) => ready).length)),
    ],
    relieve(relief) {
      if (!relief.trim && relief.shed === shed) return;
      shed = relief.shed;
      for (const slot of living()) send(slot, { type: "relieve", relief });
    },
    async stop() {
      stopping = true;
      clearInterval(pinging);
      for (const slot of slots) clearTimeout(slot.pause);
      const late = setTimeout(kill, timing.shutdownMs);
      if (slots.some(({ worker }) => worker)) {
        const stopped = new Promise<void>((resolve) => {
          onStopped = resolve;
        });
        for (const slot of slots) slot.worker?.process.kill("SIGTERM");
        await stopped;
      }
      clearTimeout(late);
      return !unfinished;
    },
    kill,
  };
}

function emptySlot(): Slot {
  return {
    worker: undefined,
    ready: false,
    readySince: 0,
    missed: 0,
    failures: 0,
    reason: undefined,
    pause: undefined,
  };
}

/** Together the workers may have the heap that one process has: of a memory limit, each takes its part. */
function heapShare(workers: number): string[] {
  if (workers === 1) return [];
  const memory = Math.min(process.constrainedMemory() || Number.POSITIVE_INFINITY, totalmem());
  return [`--max-old-space-size-percentage=${((getHeapStatistics().heap_size_limit / memory) * 100) / workers}`];
}

/** A worker has as many of V8's threads as CPUs: one at least. */
function threadShare(workers: number): string {
  return `--v8-pool-size=${Math.min(V8_THREADS, Math.max(1, Math.floor(availableParallelism() / workers)))}`;
}
