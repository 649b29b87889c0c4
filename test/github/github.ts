import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A comment or an issue as GitHub has it. */
export interface Written {
  readonly id: number;
  readonly number: number;
  readonly title?: string;
  body: string;
  state?: string;
  readonly user: { readonly login: string };
}

/** What a workflow's token may sign as. */
export const BOT = "github-actions[bot]";
export const REPOSITORY = "team/infra";
const PAGE = 2;

/**
 * GitHub's REST API on the loopback interface, as far as the workflows' steps call it, with what they wrote. Lists come in
 * pages of two, so that whoever reads but the first is found out.
 */
export class GitHub {
  readonly pulls: Record<string, unknown> = {};
  readonly commits: Record<string, string> = {};
  readonly comments: Written[] = [];
  readonly issues: Written[] = [];
  /** Requests that changed something. */
  readonly writes: string[] = [];
  private readonly server: Server = createServer((request, response) => {
    this.answer(request).then(
      ({ status, body, next }) => {
        if (next !== undefined) response.setHeader("link", `<${next}>; rel="next", <${next}>; rel="last"`);
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
      },
      (error) => response.writeHead(500).end(String(error)),
    );
  });
  private ids = 100;

  /** Starts it, and returns the environment of a step. */
  async start(): Promise<Record<string, string>> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return {
      GITHUB_API_URL: this.url,
      GITHUB_SERVER_URL: "https://github.example",
      GITHUB_REPOSITORY: REPOSITORY,
      GITHUB_RUN_ID: "77",
      GITHUB_TOKEN: "token-of-the-test",
    };
  }

  /** Adds a comment that was there before. */
  comment(login: string, body: string): Written {
    return this.add(this.comments, login, { body });
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  private add(list: Written[], login: string, fields: { body: string; title?: string }): Written {
    const id = this.ids++;
    const written: Written = { ...fields, id, number: id, state: "open", user: { login } };
    list.push(written);
    return written;
  }

  private async answer(request: IncomingMessage): Promise<{ status: number; body: unknown; next?: string }> {
    if (request.headers.authorization !== "Bearer token-of-the-test") return { status: 401, body: "Bad credentials" };
    const url = new URL(request.url ?? "", this.url);
    const route = `${request.method} ${url.pathname.replace(`/repos/${REPOSITORY}`, "")}`;
    const sent = request.method === "GET" ? undefined : JSON.parse(await read(request));
    if (sent !== undefined) this.writes.push(route);

    const paged = (items: readonly Written[]) => {
      const page = Number(url.searchParams.get("page") ?? 1);
      url.searchParams.set("page", String(page + 1));
      const body = items.slice((page - 1) * PAGE, page * PAGE);
      return { status: 200, body, ...(items.length > page * PAGE ? { next: url.href } : {}) };
    };
    const one = (list: readonly Written[], id: string | undefined) => list.find((item) => String(item.id) === id);

    const [, pull] = /^GET \/pulls\/(\d+)$/.exec(route) ?? [];
    const [, commit] = /^GET \/commits\/(\w+)$/.exec(route) ?? [];
    const [, changedComment] = /^PATCH \/issues\/comments\/(\d+)$/.exec(route) ?? [];
    const [, changedIssue] = /^PATCH \/issues\/(\d+)$/.exec(route) ?? [];
    if (pull !== undefined && this.pulls[pull] !== undefined) return { status: 200, body: this.pulls[pull] };
    if (commit !== undefined && this.commits[commit] !== undefined)
      return { status: 200, body: { sha: this.commits[commit] } };
    if (/^GET \/issues\/\d+\/comments$/.test(route)) return paged(this.comments);
    if (/^POST \/issues\/\d+\/comments$/.test(route)) return { status: 201, body: this.add(this.comments, BOT, sent) };
    if (route === "GET /issues") return paged(this.issues.filter((issue) => matches(issue, url.searchParams)));
    if (route === "POST /issues") return { status: 201, body: this.add(this.issues, BOT, sent) };
    const changed = one(this.comments, changedComment) ?? one(this.issues, changedIssue);
    if (changed !== undefined) return { status: 200, body: Object.assign(changed, sent) };
    return { status: 404, body: { message: `Not Found: ${route}` } };
  }
}

function matches({ state, user }: Written, query: URLSearchParams): boolean {
  return state === query.get("state") && user.login === query.get("creator");
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}
