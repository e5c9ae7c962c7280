import { isIPv6 } from 'node:net';

/** Headers as Node and Fastify give them: lower-case names. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * The address of whoever really connected. With `trustedHops` proxies in front, each appended one entry to
 * `x-forwarded-for`, so the entry that the outermost of them wrote is counted from the right; anything further
 * left is the client's own claim and is not believed. With 0 hops the header is ignored.
 */
export function readClientAddress(
  headers: RequestHeaders,
  socketAddress: string | undefined,
  trustedHops: number,
): string {
  const direct = plainAddress(socketAddress ?? 'unknown');
  if (trustedHops === 0) return direct;
  const forwarded = String(headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  return plainAddress(forwarded.at(-trustedHops) ?? forwarded[0] ?? direct);
}

/**
 * What a rate limit counts an address by: an IPv4 address itself, an IPv6 address by its /64, which is what one
 * subscriber line usually holds. Source: RFC 6177
 */
export function addressKey(address: string): string {
  if (!address.includes(':') || !isIPv6(address)) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  const groups = [...left, ...zeros, ...right].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** `::ffff:10.0.0.1` is how a dual-stack socket shows an IPv4 peer. */
function plainAddress(address: string): string {
  return address.startsWith('::') ? address.replace(/^::ffff:(?=\d+\.)/i, '') : address;
}
