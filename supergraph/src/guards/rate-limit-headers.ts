import type { RateVerdict } from './rate-limit.ts';

/**
 * `RateLimit-Policy` (q points in each window of w seconds), `RateLimit` (r left, the whole quota again in t seconds)
 * and, on a refusal, `Retry-After`. The quota is the burst and the window the time that it takes to earn it.
 * Source: draft-ietf-httpapi-ratelimit-headers-10, RFC 9110 section 10.2.3
 */
export function rateLimitHeaders(verdict: RateVerdict): Readonly<Record<string, string>> {
  const { limit } = verdict;
  const windowSeconds = Math.max(1, Math.round((limit.burst * 60) / limit.perMinute));
  const headers = {
    'ratelimit-policy': `"default";q=${limit.burst};w=${windowSeconds}`,
    ratelimit: `"default";r=${verdict.remaining};t=${Math.ceil(verdict.resetMs / 1_000)}`,
  };
  if (verdict.allowed) return headers;
  return { ...headers, 'retry-after': String(Math.max(1, Math.ceil(verdict.retryAfterMs / 1_000))) };
}
