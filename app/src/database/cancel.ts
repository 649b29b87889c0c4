import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";

/** What a server told at login, by which a statement of that session can be cancelled. */
export interface BackendKey {
  readonly processID: number;
  readonly secretKey: number;
}

/** Where a server is, and whether it is spoken to over verified TLS. */
export interface Server {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** Request codes of PostgreSQL's protocol, "Message Formats": CancelRequest and SSLRequest. */
const CANCEL_REQUEST = 80_877_102;
const SSL_REQUEST = 80_877_103;

/** A server that takes longer does not hear it: its own statement_timeout ends the statement. */
const TIMEOUT_MS = 2000;

/**
 * Asks the server to end the statement that a session runs. It goes over a connection of its own, which takes no place
 * in a pool. RDS Proxy does not pass it on (Amazon RDS User Guide, "RDS Proxy limitations"): behind it the server's
 * statement_timeout ends the statement.
 *
 * @throws Error when the server cannot be told
 */
export async function cancel(server: Server, key: BackendKey): Promise<void> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const tcp = connectTcp(server.port, server.host);
  try {
    await once(tcp, "connect", { signal });
    const socket = server.tls ? await encrypted(tcp, server.host, signal) : tcp;
    // Only the server closes, when it has passed the request on: an end of ours that it never reads would be a reset.
    socket.write(message(CANCEL_REQUEST, key.processID, key.secretKey));
    socket.resume();
    await once(socket, "close", { signal });
  } finally {
    tcp.destroy();
  }
}

async function encrypted(tcp: Socket, host: string, signal: AbortSignal): Promise<Socket> {
  tcp.write(message(SSL_REQUEST));
  const [answer] = await once(tcp, "data", { signal });
  if (String(answer) !== "S") throw new Error("the server does not support TLS");
  const socket = connectTls({ socket: tcp, host, ...(isIP(host) === 0 && { servername: host }) });
  await once(socket, "secureConnect", { signal });
  return socket;
}

/** A message without a type, as they are before login: its length, then 32-bit numbers. */
function message(...numbers: number[]): Buffer {
  const bytes = Buffer.alloc(4 * (numbers.length + 1));
  [bytes.length, ...numbers].forEach((number, index) => {
    bytes.writeInt32BE(number | 0, 4 * index);
  });
  return bytes;
}
