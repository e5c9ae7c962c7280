import { describe, expect, it, jest } from '@jest/globals';
import type { User } from '../domain/user.ts';
import { aUser, anAnnouncing } from '../testing/builders.ts';
import type { Sessions } from './ports.ts';
import { refreshSession } from './refresh-session.ts';

function aSetting(rotated: Awaited<ReturnType<Sessions['rotate']>>, user: User | null) {
  const ended = { userId: '1', sessionId: 'session' };
  const end = jest.fn(async (_refreshToken: string) => ended);
  const announcing = anAnnouncing();
  const deps = {
    users: { byId: async () => user },
    sessions: { rotate: async () => rotated, end },
    ...announcing.deps,
    accessTokens: { issue: async () => ({ accessToken: 'an access token', expiresInSeconds: 600 }) },
  };
  return { deps, end, announced: announcing.announced };
}

const rotated = { userId: '1', epoch: 1, sessionId: 'session', refreshToken: 'new' };
const reused = { reused: { userId: '1', sessionId: 'session' } };

describe('refreshSession', () => {
  it('answers a new pair of tokens', async () => {
    const { deps } = aSetting(rotated, aUser({ sessionEpoch: 1 }));

    const session = await refreshSession(deps, 'old');

    expect(session).toMatchObject({ accessToken: 'an access token', refreshToken: 'new', user: { id: '1' } });
  });

  it('answers nothing for a token that is unknown', async () => {
    const { deps, announced } = aSetting('unknown', aUser());

    expect(await refreshSession(deps, 'old')).toBeNull();
    expect(announced).toEqual([]);
  });

  it('answers nothing for a token that comes twice, and tells that the session is over', async () => {
    const { deps, announced } = aSetting(reused, aUser());

    expect(await refreshSession(deps, 'old')).toBeNull();
    expect(announced).toMatchObject([
      { type: 'session.ended', subject: '1', audience: [], data: { userId: '1', sessionIds: ['session'] } },
    ]);
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
