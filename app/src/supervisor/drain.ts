import type { Server } from "node:http";
import { type Socket, Server as TcpServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/**
 * How long an idle connection stays open: a request that its client has just sent is still answered, with word that the
 * connection closes, where closing at once would lose it.
 */
const IDLE_GRACE_MS = 1000;

/** How often idle connections are looked for after that. */
const LOOK_MS = 50;

/**
 * Takes no new connections, lets the requests under way finish, and cuts off those that are left after the time-out.
 *
 * @returns whether every request finished
 */
export type Drain = (timeoutMs: number) => Promise<boolean>;

/** Watches a server's connections from before it listens. */
export function drainOf(server: Server): Drain {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });

  const closeIdle = () => {
    server.closeIdleConnections();
    // One that never sent anything is waiting for its first request, in the server's own view.
    for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
  };

  return async (timeoutMs) => {
    const done = new AbortController();
    const { signal } = done;
    const deadline = delay(timeoutMs, false, { signal });
    // The HTTP server's own close() would close idle connections at once.
    const closed = new Promise<boolean>((resolve) => TcpServer.prototype.close.call(server, () => resolve(true)));
    const idle = setTimeout(() => {
      closeIdle();
      const looking = setInterval(closeIdle, LOOK_MS);
      signal.addEventListener("abort", () => clearInterval(looking));
    }, IDLE_GRACE_MS);
    const finished = await Promise.race([closed, deadline]);
    clearTimeout(idle);
    deadline.catch(() => undefined);
    done.abort();
    if (!finished) server.closeAllConnections();
    return finished;
  };
}
