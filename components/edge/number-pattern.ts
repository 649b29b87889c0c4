const MAX_DIGITS = 15;

/**
 * A regular expression, in the subset that AWS WAF knows, that matches exactly the decimal whole numbers above `limit`.
 *
 * WAF compares the size of a header but not the number written in it, and it sees only the first kilobytes of a body
 * (8 KB behind a load balancer), so that `Content-Length` is the only thing that tells a large upload there.
 *
 * @param limit - a whole number of at most 15 digits
 */
export function numberAbove(limit: number): string {
  const digits = String(limit);
  if (!/^\d+$/.test(digits) || digits.length > MAX_DIGITS) {
    throw new RangeError(`numberAbove: ${limit} is not a whole number of at most ${MAX_DIGITS} digits`);
  }
  const longer = `[1-9]\\d{${digits.length},}`;
  const larger = [...digits].flatMap((digit, index) => {
    const next = Number(digit) + 1;
    const rest = digits.length - index - 1;
    if (next > 9) return [];
    return `${digits.slice(0, index)}[${next}-9]${rest > 0 ? `\\d{${rest}}` : ""}`;
  });
  return `^0*(${[longer, ...larger].join("|")})$`;
}
