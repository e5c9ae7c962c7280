import type { DomainEvent } from '@storefront/schema/events/event.ts';

/** An event of an order that has just been placed; only its id and who may see it matter. */
export function anEvent(id: string, audience: string[] = ['1'], type = 'order.created'): DomainEvent {
  return {
    specversion: '1.0',
    id,
    type,
    source: 'orders',
    subject: id,
    time: '2026-01-01T00:00:00.000Z',
    datacontenttype: 'application/json',
    dataversion: 1,
    audience,
    data: {},
  };
}
