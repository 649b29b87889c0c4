/** Every kind of problem that the API answers with, and its title. The type's URI is `/problems/` and this name. */
const TITLES = {
  "invalid-request": "The request is not valid",
  "invalid-host": "The host is not served here",
  unauthorized: "The request carries no valid session",
  forbidden: "The session does not allow this",
  "not-found": "There is nothing here",
  "method-not-allowed": "The method is not allowed here",
  "request-timeout": "The request did not arrive in time",
  conflict: "The request conflicts with what is stored",
  "idempotency-key-in-use": "A request with this idempotency key is under way",
  "idempotency-key-reused": "The idempotency key belongs to another request",
  "content-too-large": "The body is too large",
  "uri-too-long": "The address is too long",
  "unsupported-media-type": "The body's type or encoding is not supported",
  "unprocessable-content": "The body cannot be processed",
  "too-many-requests": "The quota is used up",
  "headers-too-large": "The headers are too large",
  "internal-error": "The service failed",
  overloaded: "The service has too much to do",
  unavailable: "Something that the service needs is not available",
  timeout: "The answer took too long",
} as const;

/** The last part of a problem's type URI. */
export type ProblemType = keyof typeof TITLES;

/** The type URIs of all problems. They are relative, and name no page: OpenAPI's document lists them. */
export const PROBLEM_URIS: readonly string[] = Object.keys(TITLES).map((type) => `/problems/${type}`);

/** Media type of a problem (RFC 9457). */
export const PROBLEM_MEDIA_TYPE = "application/problem+json";

/** One thing that is wrong with a request. */
export interface Fault {
  /** JSON pointer that begins with the part of the request: `/body`, `/query`, `/params` or `/headers`. */
  readonly pointer: string;
  /** What is allowed, and what was found. */
  readonly detail: string;
}

/** What a problem may say beside its detail. */
export interface ProblemExtra {
  readonly errors?: readonly Fault[];
  /** Becomes the header `Retry-After`, in whole seconds. */
  readonly retryAfterSeconds?: number;
  /** Further headers of the answer, such as `allow`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that says what is wrong: thrown anywhere below a route, sent as `application/problem+json`. */
export class Problem extends Error {
  readonly status: number;
  readonly type: ProblemType;
  readonly errors: readonly Fault[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly headers: Readonly<Record<string, string>>;

  /** @param detail one sentence for the client; never SQL, a secret or another client's data */
  constructor(status: number, type: ProblemType, detail: string, extra: ProblemExtra = {}) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.type = type;
    this.errors = extra.errors;
    this.retryAfterSeconds = extra.retryAfterSeconds;
    this.headers = extra.headers ?? {};
  }

  /**
   * The body that RFC 9457 defines, with the request's id.
   *
   * @param instance path of the request, without its query, which may hold what is nobody else's business; none when
   * the request was too broken to have one
   */
  body(instance: string | undefined, requestId: string): Buffer {
    const members = {
      type: `/problems/${this.type}`,
      title: TITLES[this.type],
      status: this.status,
      detail: this.message,
      instance,
      request_id: requestId,
      errors: this.errors,
    };
    return Buffer.from(JSON.stringify(members));
  }
}
