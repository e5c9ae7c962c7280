import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { announce } from '../domain/announce.ts';
import { confirm, type Order } from '../domain/order.ts';
import { admin, type Ask, aUser, openTestGraph, tenEuroCatalogue } from '../testing/graph.ts';
import { openTestStorage, placed, PLACED_AT, type TestStorage } from '../testing/storage.ts';

let storage: TestStorage;
let server: FastifyInstance;
let ask: Ask;
let order: Order;

beforeAll(async () => {
  storage = await openTestStorage();
  ({ ask, server } = await openTestGraph(storage, tenEuroCatalogue));
  order = await placed(storage.store(), { buyerId: '1' });
});
afterAll(async () => {
  await server.close();
  await storage.close();
});

function aCreatedEvent() {
  const lines = [{ productId: '1', quantity: 1, unitPriceMinor: 1_250 }];
  return { cursor: 'c-1', event: announce(order, { type: 'order.created', lines }, { id: 'event-1' }) };
}

const query = 'subscription { orderCreated { cursor type occurredAt order { id status total { formatted } } } }';

describe('the event of an order', () => {
  it('shows its buyer and an admin the order as it is now', async () => {
    const decision = confirm(order, PLACED_AT);
    if (decision.phase === 'changed') await storage.store().commit(decision);

    const answers = await Promise.all(
      [aUser('1'), admin].map((caller) => ask(caller, { query, event: aCreatedEvent() })),
    );

    const shown = {
      cursor: 'c-1',
      type: 'order.created',
      occurredAt: PLACED_AT.toISOString(),
      order: { id: order.id, status: 'CONFIRMED', total: { formatted: '€12.50' } },
    };
    expect(answers).toEqual([{ data: { orderCreated: shown } }, { data: { orderCreated: shown } }]);
  });

  it('tells another user nothing at all', async () => {
    const whole = await ask(aUser('2'), { query, event: aCreatedEvent() });
    const little = await ask(aUser('2'), { query: 'subscription { orderCreated { cursor } }', event: aCreatedEvent() });

    for (const answer of [whole, little]) {
      expect(answer.data).toBeNull();
      expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    }
  });

  it('does not make an order visible whose buyer is not the audience any more', async () => {
    const { cursor, event } = aCreatedEvent();

    const answer = await ask(aUser('2'), { query, event: { cursor, event: { ...event, audience: ['2'] } } });

    expect(answer.data).toBeNull();
    expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });

  it('is served for events alone', async () => {
    const answer = await ask(aUser('1'), query);

    expect(answer.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  });
});
