import { describe, expect, it } from '@jest/globals';
import { eventCatalog } from '@storefront/schema/events/catalog.ts';
import { announce } from './announce.ts';
import type { Order, OrderEvent } from './order.ts';

const AT = new Date('2026-01-31T09:30:00.000Z');
const order: Order = {
  id: '7',
  status: 'PENDING',
  rejectionReason: null,
  buyerId: '1',
  currency: 'EUR',
  totalMinor: 2_500,
  placedAt: AT,
  updatedAt: AT,
};

describe('the events of an order', () => {
  it.each<OrderEvent>([
    { type: 'order.created', lines: [{ productId: '3', quantity: 2, unitPriceMinor: 1_250 }] },
    { type: 'order.confirmed' },
    { type: 'order.rejected', reason: 'TIMED_OUT' },
    { type: 'order.cancelled', reason: null, wasConfirmed: true },
  ])('$type is as the catalogue of events says, for the buyer alone', (event) => {
    const announced = announce(order, event, { id: 'event-1' });

    expect(eventCatalog.get(event.type)?.parse(JSON.parse(JSON.stringify(announced)))).toMatchObject({
      id: 'event-1',
      type: event.type,
      source: 'orders',
      subject: '7',
      time: AT.toISOString(),
      audience: ['1'],
      data: { orderId: '7', buyerId: '1' },
    });
  });

  it('name nobody, and are for nobody, when the account is gone', () => {
    const announced = announce({ ...order, buyerId: null }, { type: 'order.confirmed' }, { id: 'event-1' });

    expect(announced).toMatchObject({ audience: [], data: { buyerId: null } });
  });
});
