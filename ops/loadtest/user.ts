import { Client, type Dispatcher } from "undici";
import { PATIENCE_MS, type Target } from "./schedule";

/** What a request came to: an answer's status, or what went wrong. */
export type Answer = { readonly status: number } | { readonly error: unknown };

/** Longer than any load: a connection is given up by the server, not here. */
const KEEP_ALIVE_MS = 3_600_000;
const CONNECT_TIMEOUT_MS = 5_000;

/** A user: one connection that is kept open, and one request at a time. */
export class User {
  /** Whether it was answered with success since the schedule began. */
  served = false;
  private readonly client: Client;
  private readonly headers: Record<string, string>;

  constructor({ origin, token }: Target) {
    this.client = new Client(origin, {
      pipelining: 1,
      allowH2: false,
      connect: { timeout: CONNECT_TIMEOUT_MS },
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      headersTimeout: PATIENCE_MS,
      bodyTimeout: PATIENCE_MS,
    });
    this.headers = {
      "user-agent": "pynomaly-loadtest",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
  }

  /** Asks; `done` is told once, when the whole answer is there or none will be. It connects anew where it has to. */
  ask(path: string, done: (answer: Answer) => void): void {
    let status = 0;
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart: (_controller, code) => {
        status = code;
      },
      onResponseData: () => undefined,
      onResponseEnd: () => done({ status }),
      onResponseError: (_controller, error) => done({ error }),
    };
    this.client.dispatch({ path, method: "GET", headers: this.headers }, handler);
  }

  /** Ends it at once; a request in flight fails. */
  async leave(): Promise<void> {
    await this.client.destroy();
  }
}
