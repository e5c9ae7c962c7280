import { describe, expect, it } from '@jest/globals';
import { anAnnouncing } from '../testing/builders.ts';
import { revokeSession } from './revoke-session.ts';

const session = { userId: '1', sessionId: 'session' };

describe('revokeSession', () => {
  it('ends a session of the user and tells the gateways', async () => {
    const { announced, deps } = anAnnouncing();
    const endById = async (userId: string, sessionId: string) => ({ userId, sessionId });

    expect(await revokeSession({ ...deps, sessions: { endById } }, session)).toBe(true);

    expect(announced).toMatchObject([
      { type: 'session.ended', subject: '1', data: { userId: '1', sessionIds: ['session'] } },
    ]);
  });

  it('tells nobody when the user has no such session', async () => {
    const { announced, deps } = anAnnouncing();

    expect(await revokeSession({ ...deps, sessions: { endById: async () => null } }, session)).toBe(false);

    expect(announced).toEqual([]);
  });
});
