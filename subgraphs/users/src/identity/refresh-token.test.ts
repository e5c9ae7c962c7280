import { describe, expect, it } from '@jest/globals';
import { newRefreshToken, newSalt, nextSecret, readRefreshToken, writeRefreshToken } from './refresh-token.ts';

describe('a refresh token', () => {
  it('is read as it was written', () => {
    const token = newRefreshToken();

    expect(readRefreshToken(writeRefreshToken(token))).toEqual(token);
  });

  it.each([
    '',
    'x',
    `${'a'.repeat(22)}.${'b'.repeat(42)}`,
    `${'a'.repeat(22)}.${'b'.repeat(44)}`,
    `${'*'.repeat(22)}.${'b'.repeat(43)}`,
  ])('is not %j', (text) => {
    expect(readRefreshToken(text)).toBeNull();
  });

  it('has a successor of the same form, which only the same secret and salt give again', () => {
    const { sessionId, secret } = newRefreshToken();
    const salt = newSalt();

    const next = nextSecret(secret, salt);

    expect(readRefreshToken(writeRefreshToken({ sessionId, secret: next }))).not.toBeNull();
    expect(nextSecret(secret, salt)).toBe(next);
    expect(nextSecret(secret, newSalt())).not.toBe(next);
    expect(nextSecret(newRefreshToken().secret, salt)).not.toBe(next);
  });
});
