import { randomUUIDv7 } from 'node:crypto';
import type { DomainEvent, EventDefinition } from '@storefront/schema/events/event.ts';

/** An event as another service would publish it. */
export function anEvent<Type extends string, Data>(
  definition: EventDefinition<Type, Data>,
  data: Data,
): DomainEvent<Type, Data> {
  return definition.create({
    id: randomUUIDv7(),
    source: 'orders',
    subject: '7',
    time: new Date('2026-01-01T09:30:00Z'),
    audience: [],
    data,
  });
}

const total = { amountMinor: 1250, currency: 'EUR' };

/** An order of one product, €12.50. */
export function anOrder({ buyerId }: { buyerId: string }) {
  const lines = [{ productId: '1', quantity: 1, unitPrice: total }];
  return { orderId: '7', buyerId, lines, total, placedAt: '2026-01-01T09:30:00.000Z' };
}
