import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import type { Credential } from "../../src/secrets.ts";

/** A PostgreSQL server of the test's own. */
export interface Postgres {
  readonly port: number;
  /** File with the certificate that signs the server's. */
  readonly certificate: string;
  readonly owner: Credential;
  /** Ends every connection and the server, which keeps its data and port. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends the server for good. */
  stop(): Promise<void>;
}

const DEBIAN = "/usr/lib/postgresql";

/** Folder of the newest PostgreSQL server on this machine; `undefined` where there is none. */
export function serverFolder(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(DEBIAN, version, "bin")).find((folder) => existsSync(join(folder, "initdb")));
}

/** Why tests that need a server are skipped; `false` where they run. */
export const missing: string | false = serverFolder() === undefined ? "no PostgreSQL server is installed" : false;

/** The server refuses to run as root: Debian's own user then runs it. */
const unprivileged = (command: string, args: string[]): [string, string[]] =>
  process.getuid?.() === 0 ? ["runuser", ["-u", "postgres", "--", command, ...args]] : [command, args];

/** Starts a server with TLS on a free port, in a folder that goes with it. Its password method is RDS' own. */
export async function startPostgres(): Promise<Postgres> {
  const bin = serverFolder();
  if (bin === undefined) throw new Error("no PostgreSQL server is installed");
  const execute = (command: string, args: string[]) =>
    execFileSync(...unprivileged(command, args), { stdio: ["ignore", "ignore", "pipe"], cwd: "/" });

  const folder = mkdtempSync(join(tmpdir(), "pynomaly-api-"));
  chmodSync(folder, 0o777);
  const owner: Credential = { username: "pynomaly_owner", password: "owner-secret" };
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, owner.password);
  const data = join(folder, "data");
  execute(join(bin, "initdb"), [
    "--no-sync",
    "-D",
    data,
    "-U",
    owner.username,
    "--pwfile",
    passwordFile,
    "-A",
    "scram-sha-256",
  ]);

  const [key, certificate] = [join(folder, "server.key"), join(folder, "server.crt")];
  execute("openssl", [
    "req",
    "-x509",
    "-newkey",
    "rsa:2048",
    "-nodes",
    "-days",
    "1",
    "-keyout",
    key,
    "-out",
    certificate,
    "-subj",
    "/CN=localhost",
    "-addext",
    "subjectAltName=DNS:localhost",
  ]);

  const port = await freePort();
  const settings = {
    port,
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    ssl: "on",
    ssl_key_file: key,
    ssl_cert_file: certificate,
    fsync: "off",
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  let exited: Promise<unknown> | undefined;
  const resume = async () => {
    const server = spawn(...unprivileged(join(bin, "postgres"), ["-D", data, ...flags]), { cwd: "/", stdio: "ignore" });
    exited = once(server, "exit");
    await accepting(port, owner);
  };
  const pause = async () => {
    if (exited === undefined) return;
    execute(join(bin, "pg_ctl"), ["stop", "-D", data, "-m", "immediate"]);
    await exited;
    exited = undefined;
  };
  const stop = async () => {
    await pause();
    rmSync(folder, { recursive: true, force: true });
  };
  await resume();
  return { port, certificate, owner, pause, resume, stop };
}

/** A client of the server as some role; the caller ends it. */
export async function connect(port: number, role: Credential, database = "postgres"): Promise<pg.Client> {
  const client = new pg.Client({ host: "127.0.0.1", port, database, user: role.username, password: role.password });
  await client.connect();
  return client;
}

async function accepting(port: number, owner: Credential): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await (await connect(port, owner)).end();
    } catch (error) {
      if (attempt === 100) throw error;
      await delay(100);
    }
  }
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
