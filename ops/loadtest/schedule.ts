/** Who is asked, and as whom. */
export interface Target {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Session token, sent as `authorization: Bearer`. */
  readonly token?: string;
}

/** Requests at a given rate, whatever the server does. */
export interface Schedule {
  readonly requestsPerSecond: number;
  readonly seconds: number;
  /** Asked in turn, and from the first one again. */
  readonly paths: readonly string[];
}

/** Threads that send: one alone would add its own delay to 10,000 connections. */
export const SENDERS = 2;

/** How long a request may go without an answer before it has failed, and how long after its end a schedule waits for answers. */
export const PATIENCE_MS = 10_000;

/** The part of a schedule that one of several senders has: every so manieth request, from its own first. */
export interface Share extends Schedule {
  readonly sender: number;
  readonly senders: number;
  /** When the first request of all is meant to be sent: milliseconds since the epoch, with a fraction. */
  readonly startAt: number;
}

/** When the request is meant to be sent: milliseconds after the start. */
export function intended(share: Share, index: number): number {
  return ((index * share.senders + share.sender) / share.requestsPerSecond) * 1000;
}

/** How many of the schedule's requests are the sender's. */
export function requestsOf({ requestsPerSecond, seconds, sender, senders }: Share): number {
  return Math.max(0, Math.ceil((Math.round(requestsPerSecond * seconds) - sender) / senders));
}

/** The path of a sender's request. */
export function pathOf({ paths, sender, senders }: Share, index: number): string {
  return paths[(index * senders + sender) % paths.length] ?? "/";
}
