const PAGE = 100;
const PAGES = 20;

/**
 * What a user asks for: mostly the newest anomalies, which are in the cache, and in one of four requests a page further
 * down, which may not be. Reading alone: a load test leaves nothing behind, and may be run against production.
 */
export const MIX: readonly string[] = Array.from({ length: PAGES }, (_, index) => {
  const page = (offset: number) => `/api/v1/anomalies?limit=${PAGE}&offset=${offset}`;
  return [page(0), page(0), page(0), page((index + 1) * PAGE)];
}).flat();

/** Asked once to open a connection; it touches nothing behind the service. */
export const HEALTH = "/health";
