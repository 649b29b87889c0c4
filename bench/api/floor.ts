import cluster from "node:cluster";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { argv } from "node:process";

/**
 * The floor: what a bare `node:http` server costs that answers constant bytes, two processes as the service has.
 * `node floor.ts PORT FILE` answers `/health` with a constant and everything else with the file's content.
 */
const [, , port, file] = argv;
if (port === undefined || file === undefined) throw new Error("usage: node floor.ts PORT FILE");

if (cluster.isPrimary) {
  for (let worker = 0; worker < 2; worker += 1) cluster.fork();
} else {
  const body = readFileSync(file);
  const health = Buffer.from('{"status":"ok"}');
  const headers = (content: Buffer) => ({
    "content-type": "application/json; charset=utf-8",
    "content-length": content.length,
  });
  createServer((request, response) => {
    const content = request.url === "/health" ? health : body;
    response.writeHead(200, headers(content));
    response.end(content);
  }).listen(Number(port), "127.0.0.1");
}
