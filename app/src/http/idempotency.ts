import { hash } from "node:crypto";
import { Type } from "@fastify/type-provider-typebox";
import type { FastifyReply } from "fastify";
import type { Database, Statement, Transaction } from "../database/database.ts";
import { Problem } from "./problem.ts";

/** Headers of a route whose requests may carry a key. */
export const IdempotencyHeaders = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      pattern: "^[!-~]+$",
      description:
        "A text of your own for this request. Sent again with it within 24 hours, the request is not done again.",
    }),
  ),
});

/** A request that is done once. */
export interface IdempotentRequest {
  /** Keys of one user mean nothing to another. */
  readonly userId: number;
  /** None: the request is done each time. */
  readonly key: string | undefined;
  /**
   * SHA-256 of what is asked for, as {@link requestHash} makes it. A function is called when the work is done, or when
   * there is an answer to compare with: it reads what is left of a body that is read as a stream.
   */
  readonly requestHash: Buffer | (() => Promise<Buffer>);
}

/** What a request is answered with: JSON as text. */
export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** An answer, and whether it is that of an earlier request. */
export interface IdempotentAnswer extends Answer {
  readonly replayed: boolean;
}

/**
 * SHA-256 of a request.
 *
 * @param target what distinguishes the route: the same body sent elsewhere is another request
 */
export function requestHash(target: string, body: string): Buffer {
  return hash("sha256", `${target}\n${body}`, "buffer");
}

/**
 * The row of a key is written first, by a statement that waits for nobody: who holds the key's lock is under way. A row
 * older than 24 hours is unknown. Hash and answer follow when they are known, in the same transaction: nobody sees the
 * row without them.
 */
const CLAIM: Statement = {
  name: "idempotency_claim",
  text: `INSERT INTO idempotency_keys AS stored (user_id, key, request_hash, status, body)
SELECT $1::bigint, $2::text, decode(repeat('00', 32), 'hex'), 202, ''
WHERE pg_try_advisory_xact_lock(hashtextextended($2::text, $1::bigint))
ON CONFLICT (user_id, key) DO UPDATE SET created_at = now() WHERE stored.created_at <= now() - interval '24 hours'
RETURNING 1`,
};

const FIND: Statement = {
  name: "idempotency_find",
  text: `SELECT request_hash, status, body FROM idempotency_keys
WHERE user_id = $1 AND key = $2 AND created_at > now() - interval '24 hours'`,
};

const FINISH: Statement = {
  name: "idempotency_finish",
  text: "UPDATE idempotency_keys SET request_hash = $3, status = $4, body = $5 WHERE user_id = $1 AND key = $2",
};

interface Stored extends Answer {
  readonly request_hash: Buffer;
}

/**
 * Does the work in a transaction, once for each key. What the work does, the key and the answer are there together, or
 * none of them is.
 *
 * @throws Problem 409 while a request with this key is under way, 422 when the key belongs to another request; whatever
 * the work rejects with, and then the key is free again
 */
export async function idempotent(
  database: Database,
  { userId, key, requestHash }: IdempotentRequest,
  work: (tx: Transaction) => Promise<Answer>,
): Promise<IdempotentAnswer> {
  if (key === undefined) return { ...(await database.transaction(work)), replayed: false };
  const hashed = async () => (typeof requestHash === "function" ? await requestHash() : requestHash);
  const outcome = await database.transaction<Answer | { readonly stored: Stored | undefined }>(async (tx) => {
    const claimed = await tx.query(CLAIM, [userId, key]);
    if (claimed.length === 0) return { stored: (await tx.query<Stored>(FIND, [userId, key]))[0] };
    const answer = await work(tx);
    await tx.query(FINISH, [userId, key, await hashed(), answer.status, answer.body]);
    return answer;
  });
  if (!("stored" in outcome)) return { ...outcome, replayed: false };
  const { stored } = outcome;
  if (stored === undefined) {
    throw new Problem(409, "idempotency-key-in-use", "A request with this Idempotency-Key is under way.", {
      retryAfterSeconds: 1,
    });
  }
  // The transaction has ended: a body that comes slowly holds no connection.
  if (!stored.request_hash.equals(await hashed())) {
    throw new Problem(422, "idempotency-key-reused", "This Idempotency-Key was used for another request.", {
      errors: [{ pointer: "/headers/idempotency-key", detail: "allowed: a new key for each request" }],
    });
  }
  return { status: stored.status, body: stored.body, replayed: true };
}

/** Sends an answer, with `Idempotency-Replayed` when it is that of an earlier request. */
export function sendAnswer(reply: FastifyReply, { status, body, replayed }: IdempotentAnswer): FastifyReply {
  if (replayed) reply.header("idempotency-replayed", "true");
  return reply.code(status).type("application/json; charset=utf-8").send(body);
}
