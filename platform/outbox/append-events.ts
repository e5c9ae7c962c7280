import type { EntityManager } from '@mikro-orm/postgresql';
import { eventCatalog } from '@storefront/schema/events/catalog.ts';
import type { DomainEvent, EventDefinition } from '@storefront/schema/events/event.ts';
import { outboxChannel, outboxWriter } from './outbox-table.ts';

/** A write that goes to the server together with others: a statement that can stand in a WITH clause. */
export interface Write {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * Writes events into the outbox in the transaction that `em` runs, in their order, and wakes the relays at its commit.
 * Events of one subject keep their order when the transactions that write them are serialized, as those that change one
 * aggregate's row are. `alongside` is written in the same trip to the server, and sees the rows as they were before it.
 * @throws Error when no transaction runs, or for a type that is not in the catalog
 * Source: postgresql.org/docs/current/queries-with.html#QUERIES-WITH-MODIFYING
 */
export function appendEvents(
  em: EntityManager,
  events: readonly DomainEvent[],
  alongside: readonly Write[] = [],
): Promise<void> {
  return append(em, [...alongside, ...insertInto(events, '')]);
}

/**
 * Has events sent once more that were sent before, under the same ids, whether the outbox still has them or not; otherwise
 * like `appendEvents`. Whoever has taken them takes these for repetitions.
 */
export function appendEventsAgain(em: EntityManager, events: readonly DomainEvent[]): Promise<void> {
  const again = 'on conflict (id) do update set published_at = null, not_before = null, created_at = now()';
  return append(em, insertInto(events, again));
}

async function append(em: EntityManager, writes: readonly Write[]): Promise<void> {
  if (!em.isInTransaction())
    throw new Error('appendEvents needs a running transaction: the events must commit with their cause');
  if (writes.length === 0) return;
  const parts = writes.map(({ sql }, index) => `write_${index} as (${sql})`);
  await em.execute(
    `with ${parts.join(', ')} select pg_notify(?, ?)`,
    [...writes.flatMap(({ values }) => values), outboxChannel(String(em.config.get('schema'))), outboxWriter()],
    'run',
  );
}

function insertInto(events: readonly DomainEvent[], onConflict: string): Write[] {
  if (events.length === 0) return [];
  const rows = events.map(() => '(?, ?, ?, ?, ?::jsonb)').join(', ');
  const sql = `insert into outbox (id, exchange, type, subject, event) values ${rows} ${onConflict}`;
  const valuesOf = (event: DomainEvent) => [
    event.id,
    exchangeOf(event),
    event.type,
    outboxSubject(event),
    JSON.stringify(event),
  ];
  return [{ sql, values: events.flatMap(valuesOf) }];
}

/** The exchange that carries an event. @throws Error for a type that is not in the catalog */
export function exchangeOf(event: DomainEvent): string {
  return definitionOf(event).exchange;
}

/**
 * What an event's order is kept by in the outbox: `7`, or `product:7` where orders are told of on the same exchange, so that what is
 * said of the one never waits for the other. @throws Error for a type that is not in the catalog
 */
export function outboxSubject(event: DomainEvent): string {
  const { subjectKind } = definitionOf(event);
  return subjectKind === undefined ? event.subject : `${subjectKind}:${event.subject}`;
}

function definitionOf({ type }: DomainEvent): EventDefinition {
  const definition = eventCatalog.get(type);
  if (definition) return definition;
  throw new Error(`no event of type ${type} in the catalog (schema/events/catalog.ts)`);
}
