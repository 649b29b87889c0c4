import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { ExpectedDatabase } from "../../../sizing/expected";
import { ConfigurationError, ExitCode } from "../../command/errors";
import type { Reading } from "./reading";

/** Something that is not as it is to be: the database tool's `verify`. */
export interface Difference {
  readonly kind: "version" | "parameter" | "index" | "view" | "extension";
  readonly name: string;
  readonly expected: string;
  readonly found: string;
}

/** Something that was found: the database tool's `analyze`. */
export interface Finding {
  readonly check: string;
  readonly severity: "critical" | "warning" | "info";
  readonly subject: string;
  readonly found: string;
  readonly advice: string | null;
}

/** What the database tool tells of a server. */
export interface DatabaseFacts {
  /** `pynomaly, PostgreSQL 17.10, primary` */
  readonly server: string;
  readonly verification: {
    readonly checked: number;
    readonly differences: readonly Difference[];
    readonly unchecked: readonly { readonly name: string; readonly reason: string }[];
  };
  readonly analysis: {
    readonly findings: readonly Finding[];
    readonly statements: readonly { readonly calls: number; readonly mean_exec_time: number }[];
  };
}

/** The tool's own limits end a statement after minutes; nobody waits for more than one of those. */
const TIMEOUT_MS = 330_000;

/**
 * Reads the address of a database, and takes the password out of it: what a process is called with, others see.
 *
 * @throws ConfigurationError that repeats nothing of the text, which may hold a password
 */
export function databaseAddress(given: string): { readonly url: string; readonly password: string | undefined } {
  const url = URL.parse(given);
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || url.hostname === "") {
    const form = "postgresql://ROLE@HOST:5432/DATABASE";
    throw new ConfigurationError("DATABASE_URL", [`found something of another form; allowed: ${form}`]);
  }
  const { password } = url;
  url.password = "";
  try {
    return { url: url.href, password: password === "" ? undefined : decodeURIComponent(password) };
  } catch {
    throw new ConfigurationError("DATABASE_URL", ["found a % that begins no character; allowed: % itself as %25"]);
  }
}

/** Compares a server with what the stack's is to be, and looks for what slows it down. */
export async function readDatabase(
  root: string,
  address: ReturnType<typeof databaseAddress>,
  expected: ExpectedDatabase,
): Promise<Reading<DatabaseFacts>> {
  const folder = mkdtempSync(join(tmpdir(), "pynomaly-checklist-"));
  try {
    const file = join(folder, "expected.json");
    writeFileSync(file, JSON.stringify(expected));
    const [verification, analysis] = [
      await tool<DatabaseFacts["verification"] & Server>(root, "verify", address, file),
      await tool<DatabaseFacts["analysis"]>(root, "analyze", address, file),
    ];
    const { version, database, role } = verification.server;
    return { kind: "read", facts: { server: `${database}, PostgreSQL ${version}, ${role}`, verification, analysis } };
  } catch (error) {
    const { host } = new URL(address.url);
    const { message } = error as Error;
    // What the tool itself says to do.
    const [, problem = "", grant] = /^(.*): (GRANT .*)$/s.exec(message) ?? [];
    if (grant !== undefined) return { kind: "refused", subject: host, problem, missing: grant };
    // The tool names the server.
    return { kind: "failed", subject: "DATABASE_URL", problem: message };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Server {
  readonly server: { readonly version: string; readonly database: string; readonly role: string };
}

/** @throws Error with the last line that the tool says when it writes no document */
async function tool<Document>(
  root: string,
  command: "verify" | "analyze",
  { url, password }: ReturnType<typeof databaseAddress>,
  expected: string,
): Promise<Document> {
  const args = [join(root, "app", "src", "maintain.ts"), command, "--format", "json", "--url", url];
  const child = spawn(process.execPath, [...args, "--expected", expected], {
    env: { ...process.env, ...(password !== undefined && { PGPASSWORD: password }) },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  const [output, notes, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  if (code === ExitCode.ok || code === ExitCode.violated) return JSON.parse(output) as Document;
  if (code === null) throw new Error(`${command} did not end in ${TIMEOUT_MS / 1000} s`);
  throw new Error(notes.trimEnd().split("\n").at(-1) || `${command} ended with ${code}`);
}
