import { sessionEnded } from '@storefront/schema/events/session-ended.ts';
import type { Announcer, Clock, EndedSession, NewEventId } from './ports.ts';

/** What telling of ended sessions takes. */
export interface AnnounceEndedDeps {
  readonly announcer: Announcer;
  readonly clock: Clock;
  readonly newEventId: NewEventId;
}

/** Tells that sessions of one user are over, so that their access tokens are refused and their live streams end. */
export async function announceEnded(
  { announcer, clock, newEventId }: AnnounceEndedDeps,
  ended: readonly EndedSession[],
): Promise<void> {
  const [first] = ended;
  if (!first) return;
  const { userId } = first;
  const sessionIds = ended.map(({ sessionId }) => sessionId);
  const facts = { id: newEventId(), source: 'users', subject: userId, time: clock.now(), audience: [] };
  await announcer.announce([sessionEnded.create({ ...facts, data: { userId, sessionIds } })]);
}
