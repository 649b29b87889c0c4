import { once } from "node:events";
import { connect } from "node:net";

/** Sends one command to a Redis on this machine, and answers its reply's text without the protocol's frame. */
export async function redisCommand(port: number, command: string): Promise<string> {
  const socket = connect(port, "127.0.0.1").setEncoding("utf8");
  let reply = "";
  socket.on("data", (chunk) => {
    reply += chunk;
  });
  // QUIT after it: the server closes the connection when both are answered.
  socket.write(`${command}\r\nQUIT\r\n`);
  await once(socket, "close");
  if (reply.startsWith("-")) throw new Error(`Redis: ${reply.split("\r\n", 1)[0]}`);
  const [head = "", ...rest] = reply.split("\r\n");
  return head.startsWith("$") ? rest.slice(0, -2).join("\n") : head.slice(1);
}

/** Calls of each command so far, by name. */
export async function commandCalls(port: number): Promise<Map<string, number>> {
  const info = await redisCommand(port, "INFO commandstats");
  return new Map(
    [...info.matchAll(/^cmdstat_(\S+):calls=(\d+)/gm)].map(([, name, calls]) => [name ?? "", Number(calls)]),
  );
}
