import { appendEvents } from '@storefront/platform/outbox/append-events.ts';
import type { Postgres } from '@storefront/platform/postgres/open.ts';
import type { Announcer } from '../use-cases/ports.ts';

/** Announces through the outbox: once this resolves, the events go out however often the service or the broker fails. */
export function createAnnouncer({ postgres }: { postgres: Postgres }): Announcer {
  return { announce: (events) => postgres.fork().transactional((em) => appendEvents(em, events)) };
}
