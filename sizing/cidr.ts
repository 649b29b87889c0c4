/** An IPv4 network. */
export interface Cidr {
  /** First address, as a number. */
  readonly address: number;
  /** Length of the prefix, in bits. */
  readonly prefix: number;
}

const NOTATION = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** Addresses in a network with a prefix of `prefix` bits. */
export const cidrSize = (prefix: number): number => 2 ** (32 - prefix);

/**
 * Reads `"10.0.0.0/16"`.
 *
 * @throws Error when it is not an IPv4 network, or its address lies inside the network rather than at its start.
 */
export function parseCidr(text: string): Cidr {
  const match = NOTATION.exec(text);
  const numbers = (match ?? []).slice(1).map(Number);
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = numbers;
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) {
    throw new Error(`"${text}" is not an IPv4 network: write one such as "10.0.0.0/16"`);
  }
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const start = address - (address % cidrSize(prefix));
  if (address !== start)
    throw new Error(`"${text}" starts inside its network: write "${formatCidr({ address: start, prefix })}"`);
  return { address, prefix };
}

/** Writes a network as `"10.0.0.0/16"`. */
export function formatCidr({ address, prefix }: Cidr): string {
  const octets = [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
  return `${octets.join(".")}/${prefix}`;
}

/** The `index`-th part of a network divided into parts of `prefix` bits. */
export function cidrPart(whole: Cidr, prefix: number, index: number): Cidr {
  const count = 2 ** (prefix - whole.prefix);
  if (prefix < whole.prefix || prefix > 32 || index < 0 || index >= count) {
    throw new RangeError(`${formatCidr(whole)} has no part ${index} of /${prefix}`);
  }
  return { address: whole.address + index * cidrSize(prefix), prefix };
}

/** Whether two networks share an address. */
export const cidrsOverlap = (a: Cidr, b: Cidr): boolean =>
  a.address < b.address + cidrSize(b.prefix) && b.address < a.address + cidrSize(a.prefix);
