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

/** `::ffff:10.0.0.1` is how a dual-stack socket shows an IPv4 peer. */
function plainAddress(address: string): string {
  return address.startsWith('::') ? address.replace(/^::ffff:(?=\d+\.)/i, '') : address;
}
