import { describe, expect, it, jest } from '@jest/globals';
import type { User } from '../domain/user.ts';
import { aUser, readablePasswords } from '../testing/builders.ts';
import type { SessionOwner, SignInAttempt, SignInThrottle } from './ports.ts';
import { signIn } from './sign-in.ts';

const credentials = { email: ' ADA@example.org', password: 'correct horse', address: '203.0.113.7' };

interface Setting {
  user?: User | null;
  entrance?: Awaited<ReturnType<SignInThrottle['enter']>>;
}

function aSetting({ user = aUser(), entrance = { admitted: true } }: Setting = {}) {
  const byEmail = jest.fn(async (_email: string) => user);
  const verify = jest.fn(readablePasswords.verify);
  const succeeded = jest.fn(async (_attempt: SignInAttempt) => undefined);
  const open = jest.fn(async (_owner: SessionOwner, _client?: object) => ({
    sessionId: 'session',
    refreshToken: 'a refresh token',
  }));
  const deps = {
    users: { byEmail },
    passwords: { verify },
    sessions: { open },
    throttle: { enter: async () => entrance, succeeded },
    accessTokens: { issue: async () => ({ accessToken: 'an access token', expiresInSeconds: 600 }) },
    newEventId: () => 'attempt',
  };
  return { deps, byEmail, verify, succeeded, open };
}

describe('signIn', () => {
  it('opens a session for the right password, whatever the case of the address', async () => {
    const { deps, byEmail, open } = aSetting({ user: aUser({ sessionEpoch: 3 }) });

    const result = await signIn(deps, credentials);

    expect(result).toMatchObject({
      outcome: 'signed-in',
      session: { refreshToken: 'a refresh token', user: { id: '1' } },
    });
    expect(byEmail).toHaveBeenCalledWith('ada@example.org');
    expect(open).toHaveBeenCalledWith({ userId: '1', epoch: 3 }, { clientName: null });
  });

  it('gives the attempt back to the throttle when it was right', async () => {
    const { deps, succeeded } = aSetting();

    await signIn(deps, credentials);

    expect(succeeded).toHaveBeenCalledWith({ id: 'attempt', email: 'ada@example.org', address: '203.0.113.7' });
  });

  it('does not tell a wrong password from an unknown account or one without a password', async () => {
    const refused = { outcome: 'invalid-credentials' };

    const wrong = await signIn(aSetting().deps, { ...credentials, password: 'wrong horse' });
    const unknown = await signIn(aSetting({ user: null }).deps, credentials);
    const locked = await signIn(aSetting({ user: aUser({ passwordHash: null }) }).deps, credentials);

    expect([wrong, unknown, locked]).toEqual([refused, refused, refused]);
  });

  it('works on a password for an unknown account too', async () => {
    const { deps, verify } = aSetting({ user: null });

    await signIn(deps, credentials);

    expect(verify).toHaveBeenCalledWith(null, 'correct horse');
  });

  it('does not even look at the password of a throttled account', async () => {
    const { deps, verify } = aSetting({ entrance: { admitted: false, retryAfterSeconds: 60 } });

    const result = await signIn(deps, credentials);

    expect(result).toEqual({ outcome: 'too-many-attempts', retryAfterSeconds: 60 });
    expect(verify).not.toHaveBeenCalled();
  });
});
