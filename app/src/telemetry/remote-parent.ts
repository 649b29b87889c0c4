import type { IncomingHttpHeaders } from "node:http";

/** What a request's headers say of the trace that it belongs to. */
export interface RemoteParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** The caller's span and its decision; none from a load balancer, which names the trace and records no span. */
  readonly span?: { readonly id: string; readonly sampled: boolean };
}

const TRACE_PARENT = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;
const ROOT = /^1-([\da-f]{8})-([\da-f]{24})$/;
const SPAN = /^(?!0{16})[\da-f]{16}$/;

/** The W3C's `traceparent` (Trace Context, 3.2); without one, `X-Amzn-Trace-Id`. */
export function remoteParent(headers: IncomingHttpHeaders): RemoteParent | undefined {
  const { traceparent } = headers;
  const amazon = headers["x-amzn-trace-id"];
  return (
    (typeof traceparent === "string" ? fromTraceParent(traceparent) : undefined) ??
    (typeof amazon === "string" ? fromAmazon(amazon) : undefined)
  );
}

function fromTraceParent(header: string): RemoteParent | undefined {
  const [, traceId, id, flags, rest] = TRACE_PARENT.exec(header) ?? [];
  if (traceId === undefined || id === undefined || flags === undefined) return undefined;
  // Only a later version has more fields.
  if (rest !== undefined && header.startsWith("00")) return undefined;
  return { traceId, span: { id, sampled: (Number.parseInt(flags, 16) & 1) === 1 } };
}

/**
 * Fields with semicolons between them (Application Load Balancers, "Request tracing"). The load balancer writes `Root`,
 * and `Self`, which names nothing that others know; X-Ray adds `Parent` and `Sampled`.
 */
function fromAmazon(header: string): RemoteParent | undefined {
  const field = (name: string) => {
    const found = header.split(";").find((text) => text.trim().startsWith(`${name}=`));
    return found?.trim().slice(name.length + 1) ?? "";
  };
  const [, time, random] = ROOT.exec(field("Root")) ?? [];
  if (time === undefined || random === undefined) return undefined;
  const [id, sampled] = [field("Parent"), field("Sampled")];
  const decided = SPAN.test(id) && /^[01]$/.test(sampled);
  return { traceId: time + random, ...(decided && { span: { id, sampled: sampled === "1" } }) };
}
