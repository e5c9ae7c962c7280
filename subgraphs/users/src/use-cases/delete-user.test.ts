import { describe, expect, it, jest } from '@jest/globals';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { stoppedClock } from '../testing/builders.ts';
import { deleteUser } from './delete-user.ts';

function aSetting(isThere: boolean) {
  const remove = jest.fn(async (_id: string, _events: readonly DomainEvent[]) => isThere);
  const endAllOf = jest.fn(async (userId: string) => [{ userId, sessionId: 'session' }]);
  const deps = { users: { remove }, sessions: { endAllOf }, clock: stoppedClock, newEventId: () => 'event' };
  return { deps, remove, endAllOf };
}

describe('deleteUser', () => {
  it('removes the account together with its event, then ends its sessions', async () => {
    const { deps, remove, endAllOf } = aSetting(true);

    const result = await deleteUser(deps, '7');

    expect(result).toBe('deleted');
    expect(remove).toHaveBeenCalledWith('7', [expect.objectContaining({ type: 'user.deleted', subject: '7' })]);
    expect(endAllOf).toHaveBeenCalledWith('7');
  });

  it('says that there is no such user', async () => {
    const { deps, endAllOf } = aSetting(false);

    expect(await deleteUser(deps, '7')).toBe('not-found');
    expect(endAllOf).not.toHaveBeenCalled();
  });
});
