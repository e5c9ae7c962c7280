import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { Identity } from './authenticate.ts';
import { createLifetimes } from './lifetimes.ts';

const anIdentity = (expiresInMs?: number, facts: { userId?: string; scopes?: string[] } = {}): Identity => ({
  caller: { kind: 'user', userId: facts.userId ?? '1', scopes: new Set(facts.scopes) },
  sessionId: 'session',
  ...(expiresInMs === undefined ? {} : { expiresAt: new Date(Date.now() + expiresInMs) }),
});
const watch = createLifetimes({ revocations: null, now: Date.now });

describe('a lifetime', () => {
  it('ends with the token', async () => {
    const { signal } = watch(anIdentity(30));

    await once(signal, 'abort');

    expect(signal.reason).toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  it('is over at once when the token is', () => {
    const revoked = createLifetimes({
      revocations: { isRevoked: () => true, onRevoked: () => () => undefined },
      now: Date.now,
    });

    expect(revoked(anIdentity()).signal.reason).toMatchObject({ code: 'SESSION_ENDED' });
  });

  it('goes on with a fresh token of the same user', async () => {
    const lifetime = watch(anIdentity(40));
    const fresh = anIdentity(150);

    expect(lifetime.renew(fresh)).toBe(true);
    const renewedAt = performance.now();
    await once(lifetime.signal, 'abort');

    expect(performance.now() - renewedAt).toBeGreaterThan(100);
    expect(lifetime.identity).toBe(fresh);
    expect(lifetime.renew(anIdentity(1_000))).toBe(false);
  });

  it.each([
    ['another user', anIdentity(1_000, { userId: '2' })],
    ['other rights', anIdentity(1_000, { scopes: ['orders:read'] })],
    ['nobody', { caller: { kind: 'anonymous' as const } }],
  ])('does not become that of %s', (_who, other) => {
    const lifetime = watch(anIdentity(1_000));

    expect(lifetime.renew(other)).toBe(false);
    lifetime.end();
  });
});
