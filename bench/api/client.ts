import { connect, type Socket } from "node:net";
import { argv } from "node:process";

/**
 * One process of the open-loop client: it sends on schedule, whatever the server does. A request's latency counts from
 * the moment that it was meant to be sent, so that one which waited for a connection, behind a slow answer, shows it
 * (coordinated omission). `node client.ts JSON`, started with a channel, on which it sends its {@link Outcome}.
 */
export interface Schedule {
  readonly port: number;
  readonly token: string;
  /** Each request a new page, instead of one page for all. */
  readonly uncached: boolean;
  readonly connections: number;
  readonly requestsPerSecond: number;
  readonly seconds: number;
  /** Of the first page of an uncached schedule. */
  readonly firstKey: number;
}

/** What became of the requests. */
export interface Outcome {
  /** Milliseconds, of the requests that were answered 200. */
  readonly latencies: readonly number[];
  /** Other answers, broken connections, and requests without an answer. */
  readonly failed: number;
}

/** Connections opened in a second: a listening socket's queue holds 511. */
const OPENED_PER_SECOND = 2_000;
/** What is then still without an answer has failed. */
const PATIENCE_MS = 5_000;

/** The rest of an answer that a connection waits for. */
interface Connection {
  readonly socket: Socket;
  /** When the request was meant to be sent; none while idle. */
  intended: number | undefined;
  /** The head as far as it came. */
  head: Buffer;
  /** Bytes of the body that are to come; undefined while the head is. */
  left: number | undefined;
}

const HEAD_END = Buffer.from("\r\n\r\n");

async function runSchedule(schedule: Schedule): Promise<Outcome> {
  const latencies: number[] = [];
  let failed = 0;
  let key = schedule.firstKey;
  const idle: Connection[] = [];
  const late: number[] = [];

  const request = (): string => {
    const model = (key % 200) + 1;
    const offset = Math.floor(key / 200) % 200;
    key += 1;
    const query = schedule.uncached ? `limit=100&offset=${offset}&model_id=${model}` : "limit=100&offset=0";
    return `GET /api/v1/anomalies?${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${schedule.token}\r\n\r\n`;
  };
  const send = (connection: Connection, intended: number) => {
    connection.intended = intended;
    connection.socket.write(request());
  };
  const finish = (connection: Connection, ok: boolean) => {
    const { intended = 0 } = connection;
    if (ok) latencies.push(performance.now() - intended);
    else failed += 1;
    connection.intended = undefined;
    connection.head = Buffer.alloc(0);
    connection.left = undefined;
    const waiting = late.shift();
    if (waiting === undefined) idle.push(connection);
    else send(connection, waiting);
  };
  const receive = (connection: Connection, chunk: Buffer) => {
    let body = chunk;
    if (connection.left === undefined) {
      const all = connection.head.length === 0 ? chunk : Buffer.concat([connection.head, chunk]);
      const end = all.indexOf(HEAD_END);
      connection.head = all;
      if (end === -1) return;
      connection.head = all.subarray(0, end);
      body = all.subarray(end + HEAD_END.length);
      connection.left = Number(/\r\ncontent-length: *(\d+)/i.exec(connection.head.toString("latin1"))?.[1]);
    }
    connection.left -= body.length;
    if (connection.left === 0) finish(connection, connection.head.subarray(9, 12).toString() === "200");
  };

  const connections = await openConnections(schedule, receive, (connection) => {
    failed += 1;
    const place = idle.indexOf(connection);
    if (place !== -1) idle.splice(place, 1);
  });
  idle.push(...connections);

  const total = schedule.requestsPerSecond * schedule.seconds;
  const start = performance.now();
  await new Promise<void>((resolve) => {
    let sent = 0;
    const due = () => Math.min(total, ((performance.now() - start) / 1000) * schedule.requestsPerSecond);
    const timer = setInterval(() => {
      for (; sent < due(); sent += 1) {
        const intended = start + (sent / schedule.requestsPerSecond) * 1000;
        const connection = idle.shift();
        if (connection === undefined) late.push(intended);
        else send(connection, intended);
      }
      const over = performance.now() - start > schedule.seconds * 1000 + PATIENCE_MS;
      if (latencies.length + failed < total && !over) return;
      clearInterval(timer);
      resolve();
    }, 1);
  });
  for (const { socket } of connections) socket.destroy();
  return { latencies, failed: Math.max(failed, total - latencies.length) };
}

async function openConnections(
  { port, connections }: Schedule,
  receive: (connection: Connection, chunk: Buffer) => void,
  lost: (connection: Connection) => void,
): Promise<Connection[]> {
  const all: Connection[] = [];
  while (all.length < connections) {
    const batch = Array.from({ length: Math.min(OPENED_PER_SECOND / 20, connections - all.length) }, () => open(port));
    const opened = await Promise.all([...batch, new Promise<void>((resolve) => setTimeout(resolve, 50))]);
    all.push(...opened.filter((connection) => connection !== undefined));
  }
  for (const connection of all) {
    connection.socket.on("data", (chunk: Buffer) => receive(connection, chunk));
    connection.socket.on("close", () => lost(connection));
    connection.socket.on("error", () => connection.socket.destroy());
  }
  return all;
}

function open(port: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve({ socket, intended: undefined, head: Buffer.alloc(0), left: undefined });
    });
  });
}

const outcome = await runSchedule(JSON.parse(argv[2] ?? ""));
process.send?.(outcome, () => process.exit(0));
