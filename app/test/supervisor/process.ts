import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** A program that runs. */
export interface Program {
  readonly child: ChildProcess;
  /** What it wrote so far. */
  output(): string;
  /** Settles with exit code and signal. */
  readonly exit: Promise<unknown[]>;
}

/** Runs a program with exactly this environment. */
export function start(file: string, env: Readonly<Record<string, string>>): Program {
  const child = spawn(process.execPath, [file], { env: { ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => chunks.push(chunk));
  return { child, output: () => Buffer.concat(chunks).toString(), exit: once(child, "exit") };
}

/** An answer of one request. */
export interface Answered {
  readonly status: number;
  readonly connection: string | undefined;
  readonly body: string;
}

/** What a request has beside its URL. */
export interface Asked {
  /** Without one, the request has a connection of its own. */
  readonly agent?: Agent | undefined;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Sends one request. Rejects when there is no answer, or only a part of one. */
export function ask(url: string, { agent, method = "GET", headers = {}, body }: Asked = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent: agent ?? false, method, headers }, async (response) => {
      try {
        const text = Buffer.concat(await response.toArray()).toString();
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection, body: text });
      } catch (error) {
        reject(error);
      }
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/**
 * Clients that each ask again as soon as they are answered, over connections that stay open. One that is told that its
 * connection closes leaves, as a load balancer does.
 */
export function clients(count: number, send: (agent: Agent) => Promise<Answered>) {
  const agents = Array.from({ length: count }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const answers: Answered[] = [];
  const errors: NodeJS.ErrnoException[] = [];
  let asking = true;
  const go = async (agent: Agent) => {
    while (asking) {
      try {
        const answer = await send(agent);
        answers.push(answer);
        if (answer.connection === "close") break;
      } catch (error) {
        errors.push(error as NodeJS.ErrnoException);
        await delay(5);
      }
    }
    agent.destroy();
  };
  const left = Promise.all(agents.map(go));
  return {
    answers,
    errors,
    /** Settles when every client has left. */
    left,
    async stop() {
      asking = false;
      await left;
    },
  };
}
