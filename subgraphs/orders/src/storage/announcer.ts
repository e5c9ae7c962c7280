import type { EntityManager } from '@mikro-orm/postgresql';
import { appendEvents } from '@storefront/platform/outbox/append-events.ts';
import type { Announcer } from '../use-cases/ports.ts';

/** Hands events over to the outbox, each in a transaction of its own. `fork` gives a fresh unit of work. */
export function createAnnouncer(fork: () => EntityManager): Announcer {
  return { publish: (event) => fork().transactional((em) => appendEvents(em, [event])) };
}
