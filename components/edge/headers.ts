import { LIMITS } from "../../sizing/limits";

/**
 * Security headers of every answer, set at the edge so that no route can forget one.
 *
 * The guide's `X-XSS-Protection` is left out: browsers have dropped its filter, and where it lives on it opens holes
 * (OWASP, HTTP Headers Cheat Sheet). The content security policy takes its place; it admits inline styles and data
 * images because the service's API documentation page uses them.
 */
export const SECURITY_HEADERS = Object.freeze({
  strictTransportSecurity: `max-age=${LIMITS.hstsMaxAgeSeconds}; includeSubDomains`,
  frameOptions: "SAMEORIGIN",
  contentTypeOptions: "nosniff",
  contentSecurityPolicy: [
    "default-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
  ].join("; "),
});
