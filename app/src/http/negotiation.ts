/** An entity tag; the first group is what tags are compared by (RFC 9110, 13.1.2: weak comparison). */
const ENTITY_TAG = /(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")/g;

/** A coding of Accept-Encoding with its weight. */
const CODING = /(?:^|,)\s*(?:x-)?(gzip|\*)\s*(?:;\s*q\s*=\s*([\d.]+)\s*)?(?=,|$)/gi;

/** Whether an `If-None-Match` names one of the tags, or any by `*`. */
export function matchesTag(header: string | undefined, first: string, second: string): boolean {
  if (header === undefined) return false;
  if (header === first || header === second || header.trim() === "*") return true;
  for (const [, tag] of header.matchAll(ENTITY_TAG)) if (tag === first || tag === second) return true;
  return false;
}

/** Whether an `Accept-Encoding` takes gzip: by its name, or by `*` where it is not named; a weight of 0 refuses. */
export function acceptsGzip(header: string | undefined): boolean {
  if (header === undefined) return false;
  let any = false;
  for (const [, coding, weight] of header.matchAll(CODING)) {
    const accepted = weight === undefined || Number(weight) > 0;
    if (coding !== "*") return accepted;
    any = accepted;
  }
  return any;
}
