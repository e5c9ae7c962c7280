import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderCancelled } from '@storefront/schema/events/order-cancelled.ts';
import { orderConfirmed } from '@storefront/schema/events/order-confirmed.ts';
import { orderCreated } from '@storefront/schema/events/order-created.ts';
import { orderRejected } from '@storefront/schema/events/order-rejected.ts';
import { testPublished } from '@storefront/schema/events/test-published.ts';
import { userDeleted } from '@storefront/schema/events/user-deleted.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { anEvent, anOrder } from '../testing/events.ts';
import { type TestService, callerOf, startTestService } from '../testing/start-test-service.ts';

let service: TestService;

beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const total = { amountMinor: 1250, currency: 'EUR' };
const publish = (event: DomainEvent) => service.bus.publish(event, 'orders');

interface Me {
  readonly me: {
    readonly loyaltyPoints: number;
    readonly notifications: { readonly nodes: readonly { readonly type: string; readonly message: string }[] };
  };
}

async function stateOf(userId: string) {
  const query = '{ me { loyaltyPoints notifications { nodes { type message } } } }';
  const { me } = (await service.ask<Me>(query, { caller: callerOf(userId) })).data;
  return { points: me.loyaltyPoints, messages: me.notifications.nodes.map(({ message }) => message) };
}

/** Waits for a message that is sent after the others, to a user's end of the queue. */
async function settled(userId: string, message: string) {
  await publish(anEvent(testPublished, { userId, message }));
  return until(async () => {
    const state = await stateOf(userId);
    return state.messages.includes(message) && state;
  });
}

describe('the events of orders', () => {
  it('leave one message and its points each, also when they come twice', async () => {
    const placed = anEvent(orderCreated, anOrder({ buyerId: '1' }));
    const confirmed = anEvent(orderConfirmed, { orderId: '7', buyerId: '1', total });
    for (const event of [placed, placed, confirmed, confirmed]) await publish(event);

    await until(async () => (await stateOf('1')).messages.length === 2);
    const state = await settled('1', 'that was all');

    expect(state.points).toBe(12);
    expect(state.messages.toSorted()).toEqual([
      'Order 7 was confirmed: €12.50. You earned 12 points.',
      'Order 7 was placed: €12.50.',
      'that was all',
    ]);
  });

  it('take points back when a confirmed order is cancelled, and only then', async () => {
    const cancelled = { orderId: '8', buyerId: '2', reason: 'changed my mind', total };
    await publish(anEvent(orderConfirmed, { orderId: '8', buyerId: '2', total }));
    await publish(anEvent(orderCancelled, { ...cancelled, wasConfirmed: true }));
    await publish(anEvent(orderCancelled, { ...cancelled, orderId: '9', reason: null, wasConfirmed: false }));

    await until(async () => (await stateOf('2')).messages.length === 3);

    const { points, messages } = await stateOf('2');
    expect(points).toBe(0);
    expect(messages).toContain('Order 8 was cancelled: changed my mind. 12 points were taken back.');
    expect(messages).toContain('Order 9 was cancelled.');
  });

  it('say why an order was rejected', async () => {
    await publish(anEvent(orderRejected, { orderId: '10', buyerId: '3', reason: 'OUT_OF_STOCK' }));

    const messages = await until(async () => {
      const state = await stateOf('3');
      return state.messages.length > 0 && state.messages;
    });

    expect(messages).toEqual(['Order 10 was rejected: not enough is in stock.']);
  });

  it('are ignored for users who are gone, and the next one is handled', async () => {
    await publish(anEvent(testPublished, { userId: '999', message: 'to nobody' }));
    await publish(anEvent(testPublished, { userId: 'nobody', message: 'to nobody' }));

    expect((await settled('1', 'still here')).messages).toContain('still here');
  });
});

describe('an account that goes', () => {
  it('is told to the other services', async () => {
    const received: DomainEvent[] = [];
    const consumer = await service.bus.consume({
      queue: 'test.goodbyes',
      bindings: [{ exchange: userDeleted.exchange, routingKeys: [userDeleted.type] }],
      handle: async (event) => void received.push(event),
    });

    await service.ask('mutation { deleteUser(id: "3") { __typename } }', { caller: callerOf('3') });

    await until(() => received.length > 0);
    await consumer.close();
    expect(received).toMatchObject([{ type: 'user.deleted', subject: '3', data: { userId: '3' } }]);
  });
});
