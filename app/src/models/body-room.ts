import type { preParsingHookHandler } from "fastify";
import { overloaded } from "../http/in-flight.ts";

/** Bytes of bodies that one process has in memory at the same time: eight of the largest, which fill twice as much while they are scored. */
const ROOM_BYTES = 128 * 1024 ** 2;

/**
 * Makes a hook for a route whose bodies are read whole and may be large: it puts those off for which there is no room.
 * A body takes its length when it begins, or what comes of it where it does not say its length, until it is answered.
 */
export function bodyRoom(roomBytes = ROOM_BYTES): preParsingHookHandler {
  let free = roomBytes;
  return (request, reply, payload, done) => {
    let taken = 0;
    const take = (bytes: number): boolean => {
      if (bytes > free) return false;
      free -= bytes;
      taken += bytes;
      return true;
    };
    reply.raw.once("close", () => {
      free += taken;
      taken = 0;
    });
    const length = request.headers["content-length"];
    if (length !== undefined) {
      // One that is too long for the route is told so, and not read.
      const most = request.routeOptions.bodyLimit ?? 0;
      done(take(Math.min(Number(length), most)) ? null : overloaded(), payload);
      return;
    }
    const count = (chunk: Buffer) => {
      if (take(chunk.length)) return;
      payload.off("data", count);
      // The rest is not waited for.
      reply.header("connection", "close").send(overloaded());
    };
    payload.on("data", count);
    done(null, payload);
  };
}
