import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { TestContext } from "node:test";

/** How the stand-in answers for a path: with bytes, with an error's status and code, or as it likes. */
export type S3Answer = Uint8Array | readonly [status: number, code: string] | ((response: ServerResponse) => void);

/** A stand-in for S3 that goes with the test, which the SDK is led to. It keeps what it was asked for. */
export async function startS3(t: TestContext, answers: Readonly<Record<string, S3Answer>>): Promise<string[]> {
  const requests: string[] = [];
  const server = createServer(({ method, url = "" }, response) => {
    const path = new URL(url, "http://s3").pathname.replace(/\/$/, "");
    requests.push(`${method} ${path}`);
    const answer = answers[`${method} ${path}`] ?? [404, "NoSuchKey"];
    if (answer instanceof Uint8Array) response.end(answer);
    else if (typeof answer === "function") answer(response);
    else {
      const [status, code] = answer;
      response.writeHead(status, { "content-type": "application/xml" });
      response.end(method === "HEAD" ? undefined : `<Error><Code>${code}</Code><Message>secret</Message></Error>`);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${address.port}`,
  });
  t.after(() => server.close().closeAllConnections());
  return requests;
}
