import type { Migration } from "../database/migrations/files.ts";
import { giveWay, TurnTaken, takeTurn } from "../database/migrations/lock.ts";
import { wantedSchema } from "../database/migrations/wanted.ts";
import { impossible, type Outcome, perform, planned, Stop } from "./action.ts";
import type { OptimizeCommand, StepName } from "./command.ts";
import type { Connection } from "./connection.ts";
import { Refusal, unlessInterrupted } from "./exit.ts";
import { counted } from "./format.ts";
import type { Server } from "./server.ts";
import { countsStep } from "./steps/counts.ts";
import { discarding, indexStep } from "./steps/indexes.ts";
import { refreshStep } from "./steps/refresh.ts";
import { reindexStep } from "./steps/reindex.ts";
import { retentionStep } from "./steps/retention.ts";
import { statisticsStep } from "./steps/statistics.ts";
import type { Step, Workplace } from "./steps/step.ts";
import { vacuumStep } from "./steps/vacuum.ts";
import { type Limits, Worker } from "./worker.ts";

/** What a step came to. */
export interface StepReport {
  readonly step: StepName | "statistics";
  readonly outcomes: readonly Outcome[];
}

/** What `optimize` did, or would do. */
export interface Optimization {
  readonly dry_run: boolean;
  readonly interrupted: boolean;
  readonly steps: readonly StepReport[];
}

/** What `optimize` works with. */
export interface OptimizationOptions {
  readonly command: Pick<OptimizeCommand, "dryRun" | "steps" | "keep" | "resetStatistics">;
  readonly connection: Connection;
  /** Looks at what the first one does. */
  readonly observer: Connection;
  readonly server: Server;
  /** Takes one line of progress. */
  readonly note: (line: string) => void;
  readonly interrupted: AbortSignal;
  readonly limits?: Partial<Limits>;
  /** The service's own, unless a test brings others. */
  readonly migrations?: readonly Migration[];
}

/**
 * A lock that is not there after 30 s is not held by a statement of the service, which ends after 25 s. Five tries take
 * three minutes.
 */
const LIMITS: Limits = { turnMs: 60_000, lockMs: 30_000, tries: 5, pauseMs: 2000 };

const STEPS: Readonly<Record<StepReport["step"], Step>> = {
  retention: retentionStep,
  indexes: indexStep,
  refresh: refreshStep,
  counts: countsStep,
  vacuum: vacuumStep,
  reindex: reindexStep,
  statistics: statisticsStep,
};

/** Steps for which PostgreSQL 17 has the right MAINTAIN; before, they were the owner's. */
const MAINTAINING: readonly StepReport["step"][] = ["refresh", "vacuum", "reindex"];
const MAINTAIN_MAJOR = 17;

/** Since then a session's own counters can be sent to the others at once. */
const FLUSH_MAJOR = 15;

/**
 * Brings a database into the state that it is to be in. What is so already is left alone; what fails does not keep the
 * rest from being done.
 *
 * @throws Refusal when it cannot begin
 */
export async function optimize(options: OptimizationOptions): Promise<Optimization> {
  const { command, connection, observer, server, note, interrupted } = options;
  const limits = { ...LIMITS, ...options.limits };
  if (server.standby) throw new Refusal(`${server.database} is a replica, which takes no writes: optimize its primary`);
  // The guide resets the statistics of statements at the end of each run. analyze reads them: it would find nothing after.
  const names = [...command.steps, ...(command.resetStatistics ? (["statistics"] as const) : [])];
  if (names.some((name) => MAINTAINING.includes(name))) await requireMaintain(connection, server);
  const workplace: Workplace = {
    reader: observer,
    server,
    wanted: wantedSchema(options.migrations),
    keep: command.keep,
  };
  const steps: StepReport[] = [];
  if (command.dryRun) {
    for (const step of names) {
      const { actions, problems } = await STEPS[step](workplace);
      const impossibles = problems.map(({ subject, message }) => impossible(subject, message));
      steps.push({ step, outcomes: [...impossibles, ...actions.map(planned)] });
    }
    return { dry_run: true, interrupted: false, steps };
  }
  await begin(options, limits);
  const worker = new Worker({ connection, observer, limits, note, interrupted });
  const discard = discarding(workplace);
  for (const step of names) {
    const outcomes: Outcome[] = [];
    steps.push({ step, outcomes });
    try {
      interrupted.throwIfAborted();
      // What the step before did is counted by its session at first.
      if (server.major >= FLUSH_MAJOR) await connection.query("SELECT pg_stat_force_next_flush()");
      const { actions, problems } = await STEPS[step](workplace);
      note(`${step}: ${actions.length === 0 ? "nothing to do" : counted(actions.length, "statement")}`);
      for (const { subject, message } of problems) {
        note(`  ${subject} ${message}`);
        outcomes.push(impossible(subject, message));
      }
      for (const action of actions) {
        await giveWay(connection.client, limits.turnMs);
        outcomes.push(await perform(worker, action, discard));
      }
    } catch (error) {
      if (error instanceof Stop) outcomes.push(error.outcome);
      else if (!interrupted.aborted) outcomes.push(impossible(step, (error as Error).message));
      break;
    }
  }
  return { dry_run: false, interrupted: interrupted.aborted, steps };
}

/** Takes the turn, and settles how long statements of this session may wait and run. */
async function begin(options: OptimizationOptions, limits: Limits): Promise<void> {
  const { connection, observer, note, interrupted } = options;
  const { client } = connection;
  for (const session of [connection, observer]) {
    await session.query(`SET statement_timeout = 0; SET lock_timeout = ${limits.lockMs}`);
  }
  try {
    await takeTurn(client, 0);
    return;
  } catch (error) {
    if (!(error instanceof TurnTaken)) throw error;
    note(`waits for its turn: ${error.message}`);
  }
  try {
    await unlessInterrupted(interrupted, takeTurn(client, limits.turnMs));
  } catch (error) {
    throw error instanceof TurnTaken ? new Refusal(error.message) : error;
  }
}

/** @throws Refusal that names what the role would have to be granted */
async function requireMaintain(connection: Connection, { major, user }: Server): Promise<void> {
  const right = major >= MAINTAIN_MAJOR ? "has_table_privilege(oid, 'MAINTAIN')" : "pg_has_role(relowner, 'USAGE')";
  const rows = await connection.query<{ name: string; owner: string }>(
    `SELECT relname AS name, relowner::regrole::text AS owner FROM pg_class
     WHERE relkind IN ('r', 'm') AND relnamespace = 'public'::regnamespace AND NOT ${right} ORDER BY relname`,
  );
  const [first] = rows;
  if (first === undefined) return;
  const others = rows.length === 1 ? "" : ` and ${counted(rows.length - 1, "other table")}`;
  const needed =
    major >= MAINTAIN_MAJOR
      ? `GRANT MAINTAIN on them, or membership in pg_maintain, to ${user}`
      : `before PostgreSQL ${MAINTAIN_MAJOR} only ${first.owner} may`;
  throw new Refusal(`${user} may not vacuum, refresh or reindex ${first.name}${others}: ${needed}`);
}
