import type { EntityManager } from '@mikro-orm/postgresql';
import { eventCatalog } from '@storefront/schema/events/catalog.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { outboxChannel, outboxWriter } from './outbox-table.ts';

/**
 * Writes events into the outbox in the transaction that `em` runs, in their order, and wakes the relays at its commit.
 * Events of one subject keep their order when the transactions that write them are serialized, as those that change one
 * aggregate's row are.
 * @throws Error when no transaction runs, or for a type that is not in the catalog
 */
export function appendEvents(em: EntityManager, events: readonly DomainEvent[]): Promise<void> {
  return append(em, events, '');
}

/**
 * Has events sent once more that were sent before, under the same ids, whether the outbox still has them or not; otherwise
 * like `appendEvents`. Whoever has taken them takes these for repetitions.
 */
export function appendEventsAgain(em: EntityManager, events: readonly DomainEvent[]): Promise<void> {
  return append(
    em,
    events,
    'on conflict (id) do update set published_at = null, not_before = null, created_at = now()',
  );
}

async function append(em: EntityManager, events: readonly DomainEvent[], onConflict: string): Promise<void> {
  if (!em.isInTransaction())
    throw new Error('appendEvents needs a running transaction: the events must commit with their cause');
  if (events.length === 0) return;
  const values = events.flatMap((event) => [
    event.id,
    exchangeOf(event),
    event.type,
    event.subject,
    JSON.stringify(event),
  ]);
  const rows = events.map(() => '(?, ?, ?, ?, ?::jsonb)').join(', ');
  await em.execute(
    `with written as (insert into outbox (id, exchange, type, subject, event) values ${rows} ${onConflict})
     select pg_notify(?, ?)`,
    [...values, outboxChannel(String(em.config.get('schema'))), outboxWriter()],
    'run',
  );
}

function exchangeOf({ type }: DomainEvent): string {
  const definition = eventCatalog.get(type);
  if (definition) return definition.exchange;
  throw new Error(`no event of type ${type} in the catalog (schema/events/catalog.ts)`);
}
