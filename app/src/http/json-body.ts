import { isUtf8 } from "node:buffer";
import { Problem } from "./problem.ts";
import type { App } from "./services.ts";

/** An escaped U+0000, not one whose backslash is itself escaped. */
const ESCAPED_NUL = /(?<!\\)(?:\\\\)*\\u0000/;

/**
 * Reads JSON bodies, and no others. What JavaScript would let pass is refused: bytes that are not UTF-8, which it
 * replaces, and U+0000, which PostgreSQL's text does not hold.
 */
export function readJsonBodies(app: App): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>("application/json", { parseAs: "buffer" }, (request, body, done) => {
    const encoding = request.headers["content-encoding"];
    if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
      const detail = "The body is encoded; allowed here: no Content-Encoding.";
      const headers = { "accept-encoding": "identity" };
      done(new Problem(415, "unsupported-media-type", detail, { headers }));
      return;
    }
    const text = isUtf8(body) ? body.toString() : undefined;
    if (text === undefined) done(malformed("The body is not UTF-8."));
    else if (text.includes("\\u0000") && ESCAPED_NUL.test(text))
      done(malformed("The body holds U+0000, which no text may."));
    else parse(request, text, (error, value) => done(error && malformed("The body is not JSON."), value));
  });
}

function malformed(detail: string): Problem {
  return new Problem(400, "invalid-request", detail);
}
