import { availableParallelism } from "node:os";
import { targets } from "../../targets";
import { measuredOf, notesOn, percentilesOf, secondFigures, stageFigures } from "./figures";
import { type Goals, verdict } from "./goals";
import { Load } from "./load";
import type { Counts } from "./measures";
import { HEALTH, MIX } from "./mix";
import type { LoadReport, StageReport } from "./report";
import { NoSession, openSession, type Session } from "./session";
import { type Stage, stagesFor } from "./stages";
import { type Stop, Watch } from "./watch";

/** What is loaded, how, and who is told. */
export interface LoadOptions {
  /** Scheme, host and port of the API. Who calls says that it may be loaded. */
  readonly origin: string;
  /** Opens the session that all requests are of; is in no report, message or error. */
  readonly apiKey: string;
  readonly goals: Goals;
  /** How long the whole load lasts; the steps before it take three quarters of that again. */
  readonly seconds: number;
  /** Told of each second of a stage, and of each stage's beginning. */
  readonly progress?: (progress: Progress) => void;
  /** Ends the load; what was measured is reported all the same. */
  readonly signal?: AbortSignal;
}

export interface Progress {
  readonly stage: Stage;
  /** The last second's figures; none while connections are opened. */
  readonly second?: LoadReport["timeline"][number];
}

/** Users of whom fewer can connect are no load to go on with. */
const CONNECTED_SHARE = 0.5;

/**
 * Loads the API in stages, up to what the targets ask for, and says which targets it meets. It ends by itself, also when the
 * service is not there, stands still or fails, which the report then says.
 *
 * @throws ConfigurationError when the load cannot be made within `seconds`
 */
export async function loadTest(options: LoadOptions): Promise<LoadReport> {
  const stages = stagesFor(options.goals, options.seconds);
  const run = new Run(options);
  let session: Session | undefined;
  try {
    session = await openSession(options.origin, options.apiKey);
    await run.through(stages, session.token);
  } catch (error) {
    if (!(error instanceof NoSession)) throw error;
    run.stop({ reason: "unreachable", message: error.message });
  } finally {
    await session?.end();
  }
  return run.report();
}

class Run {
  private readonly startedAt = new Date();
  private readonly stages: StageReport[] = [];
  private readonly timeline: LoadReport["timeline"] = [];
  private percentiles: LoadReport["percentiles"] = [];
  private stopped: Stop | undefined;
  private load: Load | undefined;

  constructor(private readonly options: LoadOptions) {}

  stop(why: Stop): void {
    this.stopped ??= why;
    this.load?.stop();
  }

  async through(stages: readonly Stage[], token: string): Promise<void> {
    const { origin, signal } = this.options;
    const interrupt = () => this.stop({ reason: "interrupted", message: "interrupted" });
    this.load = new Load({ origin, token });
    signal?.addEventListener("abort", interrupt);
    if (signal?.aborted) interrupt();
    try {
      for (const stage of stages) {
        if (this.stopped !== undefined) return;
        await this.send(this.load, stage);
      }
    } finally {
      signal?.removeEventListener("abort", interrupt);
      await this.load.close();
    }
  }

  private async send(load: Load, stage: Stage): Promise<void> {
    this.options.progress?.({ stage });
    const { users, failures } = await load.open(stage.users, HEALTH);
    if (users < stage.users * CONNECTED_SHARE) {
      const found = `${users} of ${stage.users} users could connect (${words(failures)})`;
      return this.stop({ reason: "unreachable", message: found });
    }
    const watch = new Watch();
    const before = this.timeline.length;
    const sent = await load.send({ ...stage, paths: MIX }, (second) => {
      const figures = secondFigures(stage, before, second);
      this.timeline.push(figures);
      this.options.progress?.({ stage, second: figures });
      const stop = watch.look(second);
      if (stop !== undefined) this.stop(stop);
    });
    this.stages.push(stageFigures(stage, users, sent));
    if (stage.judged) this.percentiles = percentilesOf(sent.measures);
  }

  report(): LoadReport {
    const { goals, origin } = this.options;
    const judged = this.stages.find((stage) => stage.judged);
    const found = goals.judged.map((name) => {
      const { title, bound, unit } = targets[name];
      const [value, measured] = [goals.values[name], measuredOf(name, judged)];
      return {
        name,
        title,
        bound,
        value,
        unit,
        measured,
        verdict: verdict(name, measured, value, this.stopped === undefined),
      };
    });
    const has = (wanted: string) => found.some((target) => target.verdict === wanted);
    return {
      version: 1,
      url: origin,
      startedAt: this.startedAt.toISOString(),
      client: { cores: availableParallelism(), node: process.version },
      verdict: has("missed") ? "missed" : has("unknown") ? "unknown" : "met",
      ...(this.stopped && { stopped: this.stopped }),
      notes: notesOn(this.stages, goals),
      targets: found,
      stages: this.stages,
      percentiles: this.percentiles,
      timeline: this.timeline,
    };
  }
}

function words(counts: Counts): string {
  const all = Object.entries(counts).map(([kind, times]) => `${kind}: ${times}`);
  return all.length === 0 ? "interrupted" : all.join(", ");
}
