import { describe, expect, it } from '@jest/globals';
import { createPasswords } from './passwords.ts';

describe('passwords', () => {
  it('are hashed with argon2id, 19 MiB, two passes, one lane', async () => {
    const passwords = await createPasswords();

    expect(await passwords.hash('correct horse')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  it('match their own hash alone', async () => {
    const passwords = await createPasswords();
    const hash = await passwords.hash('correct horse');

    expect(await passwords.verify(hash, 'correct horse')).toBe(true);
    expect(await passwords.verify(hash, 'wrong horse')).toBe(false);
  });

  it('never match a missing hash, not even the password of the dummy', async () => {
    const passwords = await createPasswords();

    expect(await passwords.verify(null, 'nobody has this password')).toBe(false);
  });

  it('are refused, not queued for ever, when too many wait', async () => {
    const passwords = await createPasswords({ concurrency: 1, maxWaiting: 1 });

    const results = await Promise.allSettled([1, 2, 3].map((n) => passwords.hash(`password ${n}`)));

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({ reason: { code: 'SERVICE_UNAVAILABLE' } });
  });

  it('are hashed again after the queue was full', async () => {
    const passwords = await createPasswords({ concurrency: 1, maxWaiting: 0 });
    await Promise.allSettled([1, 2].map((n) => passwords.hash(`password ${n}`)));

    await expect(passwords.hash('correct horse')).resolves.toContain('argon2id');
  });
});
