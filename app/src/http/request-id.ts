import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** What an id may be to be written to logs and answers as it came. */
const SANE = /^[\w.:=-]{8,128}$/;

/**
 * Makes the ids of requests: the `x-request-id` that a proxy gave, or a number behind a prefix of this process. A random
 * id for each request would cost more than the rest of its bookkeeping, and need not be secret.
 */
export function requestIds(): (request: IncomingMessage) => string {
  const prefix = randomBytes(6).toString("hex");
  let count = 0;
  return (request) => {
    const given = request.headers["x-request-id"];
    if (typeof given === "string" && SANE.test(given)) return given;
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}
