import { describe, expect, it, jest } from '@jest/globals';
import type { User } from '../domain/user.ts';
import { aUser } from '../testing/builders.ts';
import type { Sessions } from './ports.ts';
import { refreshSession } from './refresh-session.ts';

function aSetting(rotated: Awaited<ReturnType<Sessions['rotate']>>, user: User | null) {
  const end = jest.fn(async (_refreshToken: string) => true);
  const deps = {
    users: { byId: async () => user },
    sessions: { rotate: async () => rotated, end },
    accessTokens: { issue: async () => ({ accessToken: 'an access token', expiresInSeconds: 600 }) },
  };
  return { deps, end };
}

const rotated = { userId: '1', epoch: 1, refreshToken: 'new' };

describe('refreshSession', () => {
  it('answers a new pair of tokens', async () => {
    const { deps } = aSetting(rotated, aUser({ sessionEpoch: 1 }));

    const session = await refreshSession(deps, 'old');

    expect(session).toMatchObject({ accessToken: 'an access token', refreshToken: 'new', user: { id: '1' } });
  });

  it.each(['unknown', 'reused'] as const)('answers nothing for a token that is %s', async (verdict) => {
    const { deps } = aSetting(verdict, aUser());

    expect(await refreshSession(deps, 'old')).toBeNull();
  });

  it('ends a session that is older than the password', async () => {
    const { deps, end } = aSetting(rotated, aUser({ sessionEpoch: 2 }));

    expect(await refreshSession(deps, 'old')).toBeNull();
    expect(end).toHaveBeenCalledWith('new');
  });

  it('ends the session of an account that is gone', async () => {
    const { deps, end } = aSetting(rotated, null);

    expect(await refreshSession(deps, 'old')).toBeNull();
    expect(end).toHaveBeenCalledWith('new');
  });
});
