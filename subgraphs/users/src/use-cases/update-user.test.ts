import { describe, expect, it, jest } from '@jest/globals';
import { aUser, anAnnouncing, readablePasswords, stoppedClock } from '../testing/builders.ts';
import { updateUser } from './update-user.ts';
import type { Users } from './ports.ts';

function aSetting(change: Users['change'] = async (_id, changeUser) => changeUser(aUser())) {
  const endAllOf = jest.fn(async (userId: string) => [{ userId, sessionId: 'session' }]);
  const { announced, deps } = anAnnouncing();
  return {
    deps: { ...deps, users: { change }, passwords: readablePasswords, sessions: { endAllOf } },
    endAllOf,
    announced,
  };
}

describe('updateUser', () => {
  it('changes what is given and leaves the rest', async () => {
    const { deps, endAllOf } = aSetting();

    const result = await updateUser(deps, { id: '1', name: 'Ada King', email: null });

    expect(result).toEqual({
      outcome: 'updated',
      user: aUser({ name: 'Ada King', updatedAt: stoppedClock.now() }),
    });
    expect(endAllOf).not.toHaveBeenCalled();
  });

  it('ends all sessions with a new password', async () => {
    const { deps, endAllOf, announced } = aSetting();

    const result = await updateUser(deps, { id: '1', password: 'battery staple' });

    expect(result).toMatchObject({ user: { passwordHash: 'hash of: battery staple', sessionEpoch: 1 } });
    expect(endAllOf).toHaveBeenCalledWith('1');
    expect(announced).toMatchObject([{ type: 'session.ended', data: { userId: '1', sessionIds: ['session'] } }]);
  });

  it.each([{ name: ' ' }, { email: 'nowhere' }, { password: 'short' }])('refuses %j', async (wrong) => {
    const result = await updateUser(aSetting().deps, { id: '1', ...wrong });

    expect(result).toMatchObject({ outcome: 'invalid', fault: { field: Object.keys(wrong)[0] } });
  });

  it('says that there is no such user', async () => {
    const result = await updateUser(aSetting(async () => null).deps, { id: '2', name: 'Ada' });

    expect(result).toEqual({ outcome: 'not-found' });
  });

  it('ends no session when the address is taken', async () => {
    const { deps, endAllOf } = aSetting(async () => 'email-taken');

    const result = await updateUser(deps, { id: '1', email: 'bob@example.org', password: 'battery staple' });

    expect(result).toEqual({ outcome: 'email-taken' });
    expect(endAllOf).not.toHaveBeenCalled();
  });
});
