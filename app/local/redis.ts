import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./postgres.ts";

/** A Redis server of one's own, on this machine. It keeps nothing on disk. */
export interface Redis {
  readonly port: number;
  /** The server process. */
  readonly pid: number;
  /** Ends the server, which keeps its port and loses its data. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Ends the server for good. */
  stop(): Promise<void>;
}

/** Either serves: the cache's `engine` setting offers both. */
const SERVERS = ["redis-server", "valkey-server"];

/** The first of {@link SERVERS} that this machine has. */
function executable(): string {
  for (const server of SERVERS) {
    try {
      execFileSync(server, ["--version"], { stdio: "ignore" });
      return server;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  throw new Error("no redis-server on this machine: apt-get install redis-server, or brew install redis");
}

/**
 * Starts a server on a free port of the loopback interface.
 *
 * @param args further arguments of `redis-server`
 */
export async function startRedis(args: readonly string[] = []): Promise<Redis> {
  const command = executable();
  const port = await freePort();
  const all = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", ...args];
  let exited: Promise<unknown> | undefined;
  let pid = 0;
  const resume = async () => {
    const server = spawn(command, all, { cwd: "/", stdio: "ignore" });
    exited = once(server, "exit");
    pid = server.pid ?? 0;
    await accepting(port);
  };
  const pause = async () => {
    if (exited === undefined) return;
    process.kill(pid, "SIGKILL");
    await exited;
    exited = undefined;
  };
  await resume();
  return {
    port,
    get pid() {
      return pid;
    },
    pause,
    resume,
    stop: pause,
  };
}

async function accepting(port: number): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await delay(50);
    } finally {
      socket.destroy();
    }
  }
}
