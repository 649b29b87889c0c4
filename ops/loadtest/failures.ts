/** Kinds of failure by the code that Node, OpenSSL or the HTTP client gives. */
const KINDS: readonly (readonly [kind: string, codes: RegExp])[] = [
  ["host not found", /^(ENOTFOUND|EAI_AGAIN|EAI_NODATA)$/],
  ["connection refused", /^ECONNREFUSED$/],
  ["host unreachable", /^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$/],
  ["connection broken", /^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET|UND_ERR_CLOSED|UND_ERR_DESTROYED)$/],
  ["no answer in time", /^(UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT|UND_ERR_ABORTED)$/],
  ["no connection in time", /^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$/],
  ["too few open files on this machine", /^(EMFILE|ENFILE)$/],
  ["TLS", /^(ERR_TLS_|ERR_SSL_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|EPROTO$|HOSTNAME_MISMATCH)/],
  ["no HTTP", /^(HTTPParserError$|HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_)/],
];

/** What a failed request is counted as. A connection that could be tried at several addresses has an error for each. */
export function failureKind(error: unknown): string {
  const code = failureCode(error);
  return KINDS.find(([, codes]) => codes.test(code))?.[0] ?? code;
}

function failureCode(error: unknown): string {
  if (!(error instanceof Error)) return "unknown";
  const { code, cause } = error as NodeJS.ErrnoException;
  if (error instanceof AggregateError && error.errors.length > 0) return failureCode(error.errors[0]);
  if (code !== undefined) return code;
  return cause === undefined ? error.name : failureCode(cause);
}
