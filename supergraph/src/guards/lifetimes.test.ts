import { once } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { Identity } from './authenticate.ts';
import { createLifetimes } from './lifetimes.ts';

const anIdentity = (expiresInMs?: number, facts: { userId?: string; scopes?: string[] } = {}): Identity => ({
  caller: { kind: 'user', userId: facts.userId ?? '1', scopes: new Set(facts.scopes) },
  sessionId: 'session',
  ...(expiresInMs === undefined ? {} : { expiresAt: new Date(Date.now() + expiresInMs) }),
});
const watch = createLifetimes({ revocations: null, keys: null, now: Date.now });

describe('a lifetime', () => {
  it('ends with the token', async () => {
    const { signal } = watch(anIdentity(30));

    await once(signal, 'abort');

    expect(signal.reason).toMatchObject({ code: 'TOKEN_EXPIRED' });
  });

  it('is over at once when the token is', () => {
    const revoked = createLifetimes({
      revocations: { isRevoked: () => true, onRevoked: () => () => undefined },
      keys: null,
      now: Date.now,
    });

    expect(revoked(anIdentity()).signal.reason).toMatchObject({ code: 'SESSION_ENDED' });
  });

  it('ends when the key that signed the token is published no more, and then for every new one at once', () => {
    const published = new Set(['old', 'new']);
    const listeners = new Set<() => void>();
    const watchKeys = createLifetimes({
      revocations: null,
      keys: {
        isPublished: (keyId) => published.has(keyId),
        onRemoved: (listener) => listeners.add(listener) && (() => listeners.delete(listener)),
      },
      now: Date.now,
    });
    const [old, fresh, left] = ['old', 'new', 'old'].map((keyId) => watchKeys({ ...anIdentity(60_000), keyId }));
    left?.end();

    published.delete('old');
    for (const listener of listeners) listener();

    expect(old?.signal.reason).toMatchObject({ code: 'TOKEN_EXPIRED' });
    expect([fresh?.signal.aborted, left?.signal.aborted]).toEqual([false, false]);
    expect(watchKeys({ ...anIdentity(60_000), keyId: 'old' }).signal.aborted).toBe(true);
    expect(listeners.size).toBe(3);
    for (const lifetime of [old, fresh]) lifetime?.end();
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
