import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { User } from '../domain/user.ts';

/** An account that differs from Ada's only in what the test is about. */
export function aUser(facts: Partial<User> = {}): User {
  const at = new Date('2026-01-01T00:00:00Z');
  return {
    id: '1',
    name: 'Ada',
    email: 'ada@example.org',
    role: 'CUSTOMER',
    passwordHash: 'hash of: correct horse',
    sessionEpoch: 0,
    loyaltyPoints: 0,
    createdAt: at,
    updatedAt: at,
    ...facts,
  };
}

/** A clock that stands still. */
export const stoppedClock = { now: () => new Date('2026-01-02T00:00:00Z') };

/** Hashing that anybody can read, for tests that are not about hashing. */
export const readablePasswords = {
  hash: async (password: string) => `hash of: ${password}`,
  verify: async (hash: string | null, password: string) => hash === `hash of: ${password}`,
};

/** What use cases announce with, and what they have announced. */
export function anAnnouncing() {
  const announced: DomainEvent[] = [];
  const announce = async (events: readonly DomainEvent[]) => void announced.push(...events);
  return { announced, deps: { announcer: { announce }, clock: stoppedClock, newEventId: () => 'event' } };
}
