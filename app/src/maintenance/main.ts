import { ConfigError } from "../config.ts";
import { addressOf } from "./address.ts";
import { analyze } from "./analyze.ts";
import { type MaintenanceCommand, maintenanceCommand, USAGE } from "./command.ts";
import { Connection } from "./connection.ts";
import { ExitCode, Interrupted, Refusal, unlessInterrupted } from "./exit.ts";
import { readExpected } from "./expected.ts";
import { optimize } from "./optimize.ts";
import { readServer, type Server } from "./server.ts";
import { analysisText, heading, optimizationText, verificationText } from "./text.ts";
import { verify } from "./verify.ts";
import type { Limits } from "./worker.ts";

/** What the tool has around it. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Takes the document, whole. */
  readonly write: (text: string) => void;
  /** Takes one line: progress, or why there is no document. */
  readonly note: (line: string) => void;
  /** The user ends the run. */
  readonly interrupted: AbortSignal;
  /** Other than the tool's own, in tests. */
  readonly limits?: Partial<Limits>;
}

type Command = Exclude<MaintenanceCommand, { command: "help" }>;

/** A document, for machines and for people, and what the tool ends with. */
interface Result {
  readonly document: object;
  readonly text: string;
  readonly code: number;
}

/**
 * The server's own limit is the service's, and reading an index whole takes longer than a request may. What others have for
 * themselves is left out; what they take at this moment is not waited for.
 */
const READING = "SET statement_timeout = '5min'; SET lock_timeout = '5s'";

/**
 * Runs the tool.
 *
 * @returns its exit code
 */
export async function maintain(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, note, write } = surroundings;
  const connections: Connection[] = [];
  try {
    const command = maintenanceCommand(args);
    if (command.command === "help") {
      write(`${USAGE}\n`);
      return ExitCode.ok;
    }
    const { document, text, code } = await run(command, surroundings, connections);
    write(`${command.format === "json" ? JSON.stringify(document, null, 2) : text}\n`);
    return code;
  } catch (error) {
    note((error as Error).message);
    if (error instanceof Interrupted) return ExitCode.interrupted;
    if (error instanceof Refusal || error instanceof ConfigError) return ExitCode.notBegun;
    if (environment.DEBUG) note(String((error as Error).stack));
    return ExitCode.failed;
  } finally {
    await Promise.all(connections.map((connection) => connection.close()));
  }
}

/** @param connections takes those that are opened, to be closed whatever happens */
async function run(command: Command, surroundings: Surroundings, connections: Connection[]): Promise<Result> {
  const { environment, note, interrupted } = surroundings;
  const file = command.command === "optimize" ? undefined : command.expected;
  const expected = file === undefined ? undefined : await readExpected(file);
  const address = await addressOf(command, environment);
  const open = async () => {
    const connection = await unlessInterrupted(interrupted, Connection.open(address));
    connections.push(connection);
    return connection;
  };
  const connection = await open();
  const server = await readServer(connection);
  note(heading(server));
  if (command.command === "optimize") {
    const done = await optimize({ command, connection, observer: await open(), server, ...surroundings });
    const failed =
      !done.dry_run && done.steps.some(({ outcomes }) => outcomes.some(({ status }) => status === "failed"));
    const code = done.interrupted ? ExitCode.interrupted : failed ? ExitCode.failed : ExitCode.ok;
    return { document: about(command, server, done), text: optimizationText(done), code };
  }
  await connection.query(READING);
  const options = { reader: connection, server, expected };
  if (command.command === "analyze") {
    const analysis = await unlessInterrupted(interrupted, analyze(options));
    return { document: about(command, server, analysis), text: analysisText(analysis), code: ExitCode.ok };
  }
  const verification = await unlessInterrupted(interrupted, verify(options));
  const code = verification.differences.length > 0 ? ExitCode.different : ExitCode.ok;
  return { document: about(command, server, verification), text: verificationText(verification), code };
}

/** A result with what it is a result of: the document for machines, whose keys stay. */
const about = ({ command }: Command, { version, database, standby, user }: Server, result: object): object => ({
  command,
  server: { version, database, user, role: standby ? "replica" : "primary" },
  ...result,
});
