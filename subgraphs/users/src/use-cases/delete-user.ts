import { closeAccount } from '../domain/user.ts';
import type { Clock, NewEventId, Sessions, Users } from './ports.ts';

interface Deps {
  users: Pick<Users, 'remove'>;
  sessions: Pick<Sessions, 'endAllOf'>;
  clock: Clock;
  newEventId: NewEventId;
}

/** Removes an account with its personal data and ends its sessions. The row goes and `user.deleted` stays, or neither. */
export async function deleteUser(deps: Deps, id: string): Promise<'deleted' | 'not-found'> {
  const events = closeAccount(id, { eventId: deps.newEventId(), at: deps.clock.now() });
  const isRemoved = await deps.users.remove(id, events);
  if (!isRemoved) return 'not-found';
  await deps.sessions.endAllOf(id);
  return 'deleted';
}
