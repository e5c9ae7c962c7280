import type { CachePolicy } from './policy.ts';

/** What a `Cache-Control` of an answer says. Times in seconds. */
export interface CacheControl {
  readonly noStore: boolean;
  readonly noCache: boolean;
  readonly isPrivate: boolean;
  readonly maxAgeSeconds: number | undefined;
  readonly staleWhileRevalidateSeconds: number | undefined;
  readonly staleIfErrorSeconds: number | undefined;
}

/** Writes the header of an answer that may be kept; `no-cache` for one that must be asked for each time. Source: RFC 9111, 5.2.2 */
export function writeCacheControl(policy: CachePolicy | null): string {
  if (!policy) return 'no-cache';
  const { maxAgeSeconds, isPrivate, staleWhileRevalidateSeconds: revalidate, staleIfErrorSeconds: error } = policy;
  const parts = [`max-age=${maxAgeSeconds}`, isPrivate ? 'private' : 'public'];
  if (revalidate > 0) parts.push(`stale-while-revalidate=${revalidate}`);
  if (error > 0) parts.push(`stale-if-error=${error}`);
  return parts.join(', ');
}

/** Reads the header of an answer. `s-maxage` goes before `max-age`: whoever asks is a shared cache. Source: RFC 9111, 5.2.2 */
export function readCacheControl(header: string): CacheControl {
  const said = new Map<string, string>();
  for (const part of header.toLowerCase().split(',')) {
    const [name = '', value = ''] = part.split('=');
    said.set(name.trim(), value.trim().replaceAll('"', ''));
  }
  const seconds = (name: string) => {
    const value = said.get(name);
    return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined;
  };
  return {
    noStore: said.has('no-store'),
    noCache: said.has('no-cache'),
    isPrivate: said.has('private'),
    maxAgeSeconds: seconds('s-maxage') ?? seconds('max-age'),
    staleWhileRevalidateSeconds: seconds('stale-while-revalidate'),
    staleIfErrorSeconds: seconds('stale-if-error'),
  };
}

/** What is left of a policy after what an answer says of itself; null when that one may not be kept under it. */
export function restrictPolicy(policy: CachePolicy, header: string | undefined): CachePolicy | null {
  if (header === undefined) return policy;
  const said = readCacheControl(header);
  if (said.noStore || said.noCache || (said.isPrivate && !policy.isPrivate)) return null;
  const maxAgeSeconds = Math.min(policy.maxAgeSeconds, said.maxAgeSeconds ?? Infinity);
  if (maxAgeSeconds <= 0) return null;
  return {
    maxAgeSeconds,
    isPrivate: policy.isPrivate,
    staleWhileRevalidateSeconds: said.staleWhileRevalidateSeconds ?? policy.staleWhileRevalidateSeconds,
    staleIfErrorSeconds: said.staleIfErrorSeconds ?? policy.staleIfErrorSeconds,
  };
}
