import { Problem } from "./problem.ts";
import type { App } from "./services.ts";

/** What no plain target has. Most targets are plain, and are looked at no further. */
const UNUSUAL = /[^\x21-\x7e]|[%#\\]|\/\/|\/\.|^[^/]/;

/** Refuses targets that two programs could read differently, before a route sees them. */
export function refuseOddTargets(app: App): void {
  app.addHook("onRequest", (request, _reply, done) => {
    const { url } = request.raw;
    const fault = url !== undefined && UNUSUAL.test(url) ? faultOf(url) : undefined;
    done(fault === undefined ? undefined : new Problem(400, "invalid-request", `The address ${fault}.`));
  });
}

/** The path of a target, without its query. */
export function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query === -1 ? url : url.slice(0, query);
}

function faultOf(url: string): string | undefined {
  if (!url.startsWith("/")) return "is not a path";
  if (/[^\x21-\x7e]|#/.test(url)) return "has characters that must be percent-encoded";
  const decoded = decode(url);
  if (decoded === undefined) return "is not percent-encoded UTF-8";
  if (decoded.includes("\0")) return "holds U+0000";
  const path = pathOf(url);
  // Decoded on its own: an encoded question mark belongs to the path.
  if (/%2f|%5c|\\/i.test(path)) return "has a slash or backslash that is encoded";
  if (/\/\/|\/\.{1,2}(?:\/|$)/.test(decode(path) ?? "")) return "has empty or dot segments";
  return undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
