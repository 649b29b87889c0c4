/** Numbers from 0 to 1 that look random; the same `n` gives the same ones. */
export function scattered(n: number, salt: number): number {
  // The finalizer of MurmurHash3: neighbours end far from each other.
  let hash = Math.imul(n + 1, 0x9e3779b1) ^ Math.imul(salt + 1, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** A whole number from 1 to `last`. */
export const oneOf = (last: number, n: number, salt: number): number => 1 + Math.floor(scattered(n, salt) * last);
