import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { stockReserved } from '@storefront/schema/events/stock-reserved.ts';
import { v7 } from 'uuid';
import { cancel } from '../domain/order.ts';
import { openTestStorage, placed, type TestStorage } from '../testing/storage.ts';
import { decideOnAnswer, type StockAnswer } from '../use-cases/settle-order.ts';
import { historyByOrder } from './order-queries.ts';
import { type Answer, settleOrders } from './settle-orders.ts';

const LATER = new Date('2026-01-31T09:31:00.000Z');
let storage: TestStorage;

beforeAll(async () => {
  storage = await openTestStorage();
});
afterAll(() => storage.close());

const reserved: StockAnswer = { phase: 'reserved' };
const soldOut: StockAnswer = { phase: 'rejected', reason: 'OUT_OF_STOCK' };

function anAnswer(orderId: string, answer = reserved): Answer {
  const facts = { id: v7(), source: 'products', subject: orderId, time: LATER, audience: [] };
  const event = stockReserved.create({ ...facts, data: { orderId } });
  return { event, orderId, decide: (order) => decideOnAnswer(order, answer, LATER) };
}

async function settle(answers: readonly Answer[]): Promise<{ overtaken: Answer[]; handed: DomainEvent[] }> {
  const handed: DomainEvent[] = [];
  const outbox = { handOver: (events: readonly DomainEvent[]) => void handed.push(...events) };
  const em = storage.postgres.fork();
  const overtaken = await settleOrders({ em, consumer: 'orders.saga', newEventId: v7, outbox }, answers);
  return { overtaken, handed };
}

const statusOf = async (id: string) => (await storage.store().find(id))?.status;
const eventsOf = (id: string) =>
  storage.postgres.fork().execute("select event from outbox where subject = ? and type <> 'order.created'", [id]);

describe('answers that come together', () => {
  it('confirm and reject their orders, with history and events', async () => {
    const [one, two] = [await placed(storage.store()), await placed(storage.store())];

    const { handed } = await settle([anAnswer(one.id), anAnswer(two.id, soldOut)]);

    expect(await storage.store().find(one.id)).toEqual({ ...one, status: 'CONFIRMED', updatedAt: LATER });
    expect(await storage.store().find(two.id)).toMatchObject({ status: 'REJECTED', rejectionReason: 'OUT_OF_STOCK' });
    expect((await historyByOrder(storage.postgres.fork(), [two.id])).get(two.id)?.at(-1)).toEqual({
      from: 'PENDING',
      to: 'REJECTED',
      reason: 'OUT_OF_STOCK',
      at: LATER,
    });
    expect(handed.map(({ type, subject }) => [type, subject])).toEqual([
      ['order.confirmed', one.id],
      ['order.rejected', two.id],
    ]);
    expect(await eventsOf(one.id)).toEqual([{ event: JSON.parse(JSON.stringify(handed[0])) }]);
  });

  it('have their effect once, however often they come', async () => {
    const { id } = await placed(storage.store());
    const answers = [anAnswer(id)];

    await Promise.all([settle(answers), settle(answers)]);
    const { overtaken, handed } = await settle(answers);

    expect([overtaken, handed]).toEqual([[], []]);
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it('leave an order alone that somebody has changed since it was read, and say so', async () => {
    const order = await placed(storage.store());
    const other = await placed(storage.store());
    const answer = anAnswer(order.id);
    const tooLate = { ...answer, decide: () => answer.decide(order) };
    const cancelled = cancel(order, null, LATER);
    if (cancelled.phase === 'changed') await storage.store().commit(cancelled);

    const { overtaken } = await settle([tooLate, anAnswer(other.id)]);

    expect(overtaken).toEqual([tooLate]);
    expect([await statusOf(order.id), await statusOf(other.id)]).toEqual(['CANCELLED', 'CONFIRMED']);
    const taken = await storage.postgres.fork().execute('select from inbox where event_id = ?', [answer.event.id]);
    expect(taken).toEqual([]);
  });

  it('change nothing about orders that are over or unknown, and are remembered', async () => {
    const answer = anAnswer('987654321');

    const { overtaken } = await settle([answer]);

    expect(overtaken).toEqual([]);
    const taken = await storage.postgres.fork().execute('select from inbox where event_id = ?', [answer.event.id]);
    expect(taken).toHaveLength(1);
  });
});
