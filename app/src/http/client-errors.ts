import { randomUUID } from "node:crypto";
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import { PROBLEM_MEDIA_TYPE, Problem } from "./problem.ts";

/** What Node's parser could not read, by the code of its error. Everything else is a malformed request. */
const PROBLEMS: Readonly<Record<string, Problem>> = {
  ERR_HTTP_REQUEST_TIMEOUT: new Problem(408, "request-timeout", "The request did not arrive in time."),
  HPE_HEADER_OVERFLOW: new Problem(431, "headers-too-large", "The headers, with the address, are too large."),
  HPE_CHUNK_EXTENSIONS_OVERFLOW: new Problem(413, "content-too-large", "The body's chunk extensions are too large."),
};
const MALFORMED = new Problem(400, "invalid-request", "The request is not HTTP.");

/** Answers what never became a request, and closes its connection. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = PROBLEMS[error.code ?? ""] ?? MALFORMED;
  const body = problem.body(undefined, randomUUID());
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    `content-type: ${PROBLEM_MEDIA_TYPE}`,
    `content-length: ${body.length}`,
    "x-content-type-options: nosniff",
    "connection: close",
  ];
  socket.end(Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]));
  socket.destroySoon();
}
