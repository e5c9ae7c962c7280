import { defineEntity, p } from '@mikro-orm/core';
import type { DomainEvent } from '@storefront/schema/events/event.ts';

/** The outbox of a service as an entity, to look at: rows come from `appendEvents` and belong to the relay. */
export function defineOutbox(schema: string) {
  return defineEntity({
    name: 'OutboxMessage',
    tableName: 'outbox',
    schema,
    properties: {
      id: p.uuid().primary(),
      position: p.bigint('string'),
      exchange: p.text(),
      type: p.text(),
      subject: p.text(),
      event: p.json<DomainEvent>(),
      createdAt: p.datetime(),
      publishedAt: p.datetime().nullable(),
      notBefore: p.datetime().nullable(),
      attempts: p.integer(),
    },
  });
}
