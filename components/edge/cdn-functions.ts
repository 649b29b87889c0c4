/** Runtime of the functions below. */
export const CDN_FUNCTION_RUNTIME = "cloudfront-js-2.0";

/** Header in which {@link addressFunction} puts the client's address. */
export const CLIENT_ADDRESS_HEADER = "x-viewer-address";

/**
 * Source of a viewer-request function that tells the origin the client's address. It overwrites what the client sent,
 * unlike `X-Forwarded-For`, whose first address, the one that AWS WAF reads, is the client's own word.
 */
export const addressFunction = (): string =>
  [
    "function handler(event) {",
    "  var request = event.request;",
    `  request.headers[${JSON.stringify(CLIENT_ADDRESS_HEADER)}] = { value: event.viewer.ip };`,
    "  return request;",
    "}",
  ].join("\n");

/**
 * Source of a viewer-response function that says how long clients may keep an answer, where the service does not.
 * CloudFront runs it for answers below 400 only, so that no client keeps an error.
 */
export const cacheControlFunction = (cacheControl: string): string =>
  [
    "function handler(event) {",
    "  var response = event.response;",
    '  if (!response.headers["cache-control"]) {',
    `    response.headers["cache-control"] = { value: ${JSON.stringify(cacheControl)} };`,
    "  }",
    "  return response;",
    "}",
  ].join("\n");
