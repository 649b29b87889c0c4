import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { TLSSocket } from "node:tls";
import { ConfigurationError } from "../../command/errors";

/** An answer, as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Not decompressed. */
  readonly body: Buffer;
  /** From the request until the body's end. */
  readonly milliseconds: number;
  /** The protocol's version, such as `TLSv1.3`; undefined without TLS. */
  readonly tls: string | undefined;
}

/** A part that answers no better in this time does not serve. */
const TIMEOUT_MS = 10_000;

/** Nothing that is asked for here is larger: what never ends is not read to its end. */
const MAX_BODY_BYTES = 8 * 1024 * 1024;

/**
 * Reads the address of something that is spoken to over HTTP.
 *
 * @throws ConfigurationError that names the variable; it repeats nothing that could be a password
 */
export function httpAddress(variable: string, text: string): URL {
  const url = URL.parse(text);
  const form = "allowed: http:// or https:// and a host, such as https://api.example.com";
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new ConfigurationError(variable, [`found something that is no HTTP address; ${form}`]);
  }
  if (url.username !== "" || url.password !== "") {
    throw new ConfigurationError(variable, [`found a user or a password in the address; ${form}`]);
  }
  url.pathname = url.pathname.replace(/\/*$/, "/");
  return url;
}

/**
 * Sends a GET. A redirection is an answer like any other.
 *
 * @throws Error that says in one sentence why there is no answer
 */
export async function get(url: URL, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const began = performance.now();
  try {
    const response = await responseTo(url, headers);
    const tls = (response.socket as Partial<TLSSocket>).getProtocol?.() ?? undefined;
    const body = await bodyOf(response);
    const milliseconds = performance.now() - began;
    return { status: response.statusCode ?? 0, headers: response.headers, body, milliseconds, tls };
  } catch (error) {
    throw new Error(problem(error as NodeJS.ErrnoException));
  }
}

function responseTo(url: URL, headers: Readonly<Record<string, string>>): Promise<IncomingMessage> {
  const send = url.protocol === "https:" ? requestHttps : requestHttp;
  const options = { headers: { ...headers, connection: "close" }, signal: AbortSignal.timeout(TIMEOUT_MS) };
  return new Promise((resolve, reject) => {
    send(url, { ...options, agent: false }, resolve)
      .on("error", reject)
      .end();
  });
}

async function bodyOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error("the answer does not end");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const PROBLEMS: Readonly<Record<string, string>> = {
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "the host's name cannot be looked up now",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was closed",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the host cannot be reached",
  ETIMEDOUT: "it does not answer",
  ABORT_ERR: `no answer in ${TIMEOUT_MS / 1000} s`,
  EPROTO: "it does not speak TLS",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is of another name",
  CERT_HAS_EXPIRED: "its certificate has expired",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is signed by itself",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not trusted: the authority's is missing",
};

function problem(error: NodeJS.ErrnoException): string {
  const { code = error.name, message } = error;
  return `${PROBLEMS[code === "AbortError" ? "ABORT_ERR" : code] ?? message} (${code})`;
}
