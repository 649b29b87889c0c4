import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";

export const API_KEY = "pk_correcthorse_battery-staple";
export const TOKEN = "a-token-that-nobody-may-see";

/** What a server does with the requests of a load: `ask` counts them from 1. */
export type Behaviour = (response: ServerResponse, ask: number, request: IncomingMessage) => void;

export const answer: Behaviour = (response) => response.end('{"items":[]}');

/** As much of the API as a load test asks for, on this machine. */
export class ApiServer {
  /** Requests of the load, and tokens of ended sessions. */
  readonly asked: string[] = [];
  readonly ended: string[] = [];
  readonly origin: string;

  private constructor(
    private readonly server: Server,
    scheme: string,
    private readonly behaviour: Behaviour,
  ) {
    this.origin = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", this.handle);
  }

  static async start(behaviour: Behaviour = answer, tls?: { key: string; cert: string }): Promise<ApiServer> {
    const server = tls === undefined ? createServer() : createSecureServer(tls);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ApiServer(server, tls === undefined ? "http" : "https", behaviour);
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.server.close(resolve));
    this.server.closeAllConnections();
    await closed;
  }

  private readonly handle: RequestListener = async (request, response) => {
    const { url = "", method, headers } = request;
    if (url === "/health") return response.end("{}");
    if (url === "/api/v1/auth/sessions" && method === "POST") return this.openSession(request, response);
    if (headers.authorization !== `Bearer ${TOKEN}`) return response.writeHead(401).end();
    if (url === "/api/v1/auth/sessions/current" && method === "DELETE") {
      this.ended.push(TOKEN);
      return response.writeHead(204).end();
    }
    this.asked.push(`${method} ${url}`);
    return this.behaviour(response, this.asked.length, request);
  };

  private async openSession(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += chunk;
    const right = JSON.parse(body).api_key === API_KEY;
    response.writeHead(right ? 201 : 401, { "content-type": "application/json" });
    // A server that repeats what it was sent must not lead to the key being shown.
    response.end(JSON.stringify(right ? { token: TOKEN } : { detail: body }));
  }
}
