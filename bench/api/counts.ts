import { parseArgs } from "node:util";
import { startField } from "./field.ts";
import { type Cell, measureCell } from "./measure.ts";
import { program } from "./program.ts";
import { figure, table } from "./report.ts";
import { KINDS, type Kind, load, requireWrk } from "./wrk.ts";

/** What one request may cost at most. */
interface Limit {
  readonly statements: number;
  readonly commands: number;
  /** Times the CPU that the floor takes for the same bytes; only for what the floor answers. */
  readonly cpu?: number;
}

/**
 * A cached answer asks Redis once a second and process, whatever the load; the quota is leased ten times a second. A
 * miss is one statement, and two scripts, to look up and to store, which call four and five commands. CPU is a fifth more than
 * the most that was measured, 2.7 times the floor's for a cached list: only a change of ours exceeds it.
 */
const LIMITS: Readonly<Record<Kind, Limit>> = {
  health: { statements: 0.01, commands: 0.05, cpu: 2 },
  cached: { statements: 0.01, commands: 0.05, cpu: 3.2 },
  "cached-gzip": { statements: 0.01, commands: 0.05 },
  uncached: { statements: 1.1, commands: 12 },
  predictions: { statements: 0.05, commands: 0.5 },
};

/** Seconds of load before a server is measured: its hot code is compiled then. */
const WARM_UP_SECONDS = 3;

await program(async () => {
  const { values } = parseArgs({ options: { seconds: { type: "string", default: "2" } } });
  const seconds = Number(values.seconds);
  await requireWrk();
  const field = await startField({ contenders: ["service", "floor"] });
  try {
    const { servers, token } = field;
    const cells: Cell[] = [];
    for (const kind of KINDS) {
      for (const server of servers.values()) {
        if (server.name === "floor" && LIMITS[kind].cpu === undefined) continue;
        await load({ port: server.port, kind, token, seconds: WARM_UP_SECONDS, firstKey: 0 });
        cells.push(await measureCell({ field, server, kind, seconds, maxRepeats: 1 }));
      }
    }
    const rows = KINDS.map((kind) => judge(kind, cells));
    console.log(
      table(
        ["work", "statements", "commands", "CPU µs", "times the floor's", ""],
        rows.map(({ cells }) => cells),
      ),
    );
    if (rows.some(({ kept }) => !kept)) process.exitCode = 1;
  } finally {
    await field.stop();
  }
});

/** What a request of a kind cost, each figure with its limit. */
function judge(kind: Kind, cells: readonly Cell[]): { cells: string[]; kept: boolean } {
  const of = (name: string) => cells.find((cell) => cell.kind === kind && cell.server === name);
  const [service, floor] = [of("service"), of("floor")];
  if (service === undefined) throw new Error(`${kind} was not measured`);
  const limit = LIMITS[kind];
  const { statements, commands, cpu } = service.perRequest;
  const times = floor && cpu / floor.perRequest.cpu;
  const kept =
    service.failed === 0 &&
    statements <= limit.statements &&
    commands <= limit.commands &&
    (times === undefined || limit.cpu === undefined || times <= limit.cpu);
  const within = (value: number | undefined, most: number | undefined) =>
    value === undefined || most === undefined ? "" : `${value.toFixed(3)} (<= ${most})`;
  const verdict = kept ? "kept" : `EXCEEDED${service.failed > 0 ? `, ${service.failed} failed` : ""}`;
  return {
    cells: [
      kind,
      within(statements, limit.statements),
      within(commands, limit.commands),
      figure(cpu),
      within(times, limit.cpu),
      verdict,
    ],
    kept,
  };
}
