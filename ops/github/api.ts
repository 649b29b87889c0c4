/**
 * GitHub's REST API as a workflow's step may use it, by what the runner tells in the environment. Node alone runs this and what
 * imports it: a step with the right to write installs nothing.
 */

/** Who writes with a workflow's own token. */
export const BOT = "github-actions[bot]";

/** GitHub refuses a longer text in a comment or an issue. */
export const MAX_BODY_LENGTH = 65_536;

/** A comment or an issue, as far as it is read here. */
export interface Written {
  readonly number?: number;
  readonly id: number;
  readonly title?: string;
  readonly body: string | null;
  readonly user: { readonly login: string } | null;
}

/** An environment variable that the runner or the step sets. */
export function variable(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

/**
 * Calls the API on the repository of the workflow.
 *
 * @param path below the repository: `/pulls/1`
 * @throws Error that names the call and what GitHub said
 */
export async function call<T>(method: "GET" | "POST" | "PATCH", path: string, body?: object): Promise<T> {
  return (await request(method, repositoryUrl(path), body)).json() as Promise<T>;
}

/** All pages of a list. */
export async function list<T>(path: string): Promise<T[]> {
  const items: T[] = [];
  let url: string | undefined = repositoryUrl(path);
  while (url !== undefined) {
    const response: Response = await request("GET", url);
    items.push(...((await response.json()) as T[]));
    url = /<([^>]+)>; rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
  }
  return items;
}

function repositoryUrl(path: string): string {
  return `${variable("GITHUB_API_URL")}/repos/${variable("GITHUB_REPOSITORY")}${path}`;
}

async function request(method: string, url: string, body?: object): Promise<Response> {
  const response = await fetch(url, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${variable("GITHUB_TOKEN")}`,
      "x-github-api-version": "2022-11-28",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response;
}
