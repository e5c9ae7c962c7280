import { describe, expect, it } from '@jest/globals';
import { restrictPolicy, writeCacheControl } from './header.ts';
import type { CachePolicy } from './policy.ts';

const policy: CachePolicy = {
  maxAgeSeconds: 60,
  isPrivate: false,
  staleWhileRevalidateSeconds: 30,
  staleIfErrorSeconds: 600,
};

describe('Cache-Control', () => {
  it('says what a policy says, and of an answer without one that it must be asked for each time', () => {
    const mine = { ...policy, isPrivate: true, staleWhileRevalidateSeconds: 0, staleIfErrorSeconds: 0 };

    expect(writeCacheControl(policy)).toBe('max-age=60, public, stale-while-revalidate=30, stale-if-error=600');
    expect(writeCacheControl(mine)).toBe('max-age=60, private');
    expect(writeCacheControl(null)).toBe('no-cache');
  });

  it.each(['no-store', 'no-cache', 'private, max-age=9', 'max-age=0', 'public, s-maxage=0, max-age=9'])(
    'forbids to keep for all what comes with %s',
    (header) => {
      expect(restrictPolicy(policy, header)).toBeNull();
    },
  );

  it('shortens a policy and never makes it longer', () => {
    expect(restrictPolicy(policy, 'max-age=5, Stale-If-Error=7')).toMatchObject({
      maxAgeSeconds: 5,
      staleIfErrorSeconds: 7,
      staleWhileRevalidateSeconds: 30,
    });
    expect(restrictPolicy(policy, 'public, max-age=900')?.maxAgeSeconds).toBe(60);
    expect(restrictPolicy(policy, undefined)).toBe(policy);
  });

  it('lets what is private be kept for the one who asked', () => {
    expect(restrictPolicy({ ...policy, isPrivate: true }, 'private, max-age=9')?.maxAgeSeconds).toBe(9);
  });
});
