import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { stockExpired } from '@storefront/schema/events/stock-expired.ts';
import { stockRejected } from '@storefront/schema/events/stock-rejected.ts';
import { stockReserved } from '@storefront/schema/events/stock-reserved.ts';
import { userDeleted } from '@storefront/schema/events/user-deleted.ts';
import { v7 } from 'uuid';
import { admin, aUser } from '../testing/graph.ts';
import { startTestService, type TestService } from '../testing/service.ts';
import { placed } from '../testing/storage.ts';

let service: TestService;

beforeAll(async () => {
  service = await startTestService({ ORDER_SWEEP_MS: '50' });
}, 20_000);
afterAll(() => service.close(), 20_000);

const facts = (subject: string, source: string) => ({ id: v7(), source, subject, time: new Date(), audience: [] });
const reserved = (orderId: string) => stockReserved.create({ ...facts(orderId, 'products'), data: { orderId } });
const expired = (orderId: string) => stockExpired.create({ ...facts(orderId, 'products'), data: { orderId } });
const aPlacedOrder = (over: Parameters<typeof placed>[1] = {}) =>
  placed(service.storage.store(), { at: new Date(), ...over });

async function show(id: string): Promise<Record<string, unknown>> {
  const query =
    'query ($id: ID!) { order(id: $id) { status rejectionReason buyer { id } history { from to reason } } }';
  const { data } = await service.ask(admin, { query, variables: { id } });
  return data?.['order'] as Record<string, unknown>;
}

/** Sends events and waits until the inbox has them all. */
async function deliver(...events: DomainEvent[]): Promise<void> {
  for (const event of events) await service.bus.publish(event, event.source);
  await until(async () => {
    const taken = await service.storage.postgres
      .fork()
      .execute('select 1 from inbox where event_id in (?)', [events.map(({ id }) => id)]);
    return taken.length === new Set(events.map(({ id }) => id)).size;
  });
}

const eventsAbout = (id: string) => service.published.filter(({ subject }) => subject === id).map(({ type }) => type);

describe('the saga of an order', () => {
  it('confirms once, however often products say that the stock is reserved', async () => {
    const { id } = await aPlacedOrder();
    const answer = reserved(id);
    await service.announced('order.created', id); // products answers no sooner

    await deliver(answer, answer, reserved(id));
    const confirmed = await service.announced('order.confirmed', id);

    expect(confirmed).toMatchObject({
      audience: ['1'],
      data: { orderId: id, total: { amountMinor: 1_250, currency: 'EUR' } },
    });
    expect(await show(id)).toMatchObject({
      status: 'CONFIRMED',
      history: [{ to: 'PENDING' }, { from: 'PENDING', to: 'CONFIRMED' }],
    });
    expect(eventsAbout(id)).toEqual(['order.created', 'order.confirmed']);
  });

  it('rejects with the reason of products', async () => {
    const { id } = await aPlacedOrder();

    await deliver(
      stockRejected.create({ ...facts(id, 'products'), data: { orderId: id, reason: 'OUT_OF_STOCK', productId: '1' } }),
    );
    const rejected = await service.announced('order.rejected', id);

    expect(rejected).toMatchObject({ data: { reason: 'OUT_OF_STOCK' } });
    expect(await show(id)).toMatchObject({ status: 'REJECTED', rejectionReason: 'OUT_OF_STOCK' });
  });

  it('ignores an answer that comes after the order was cancelled', async () => {
    const { id } = await aPlacedOrder();
    const query = `mutation ($id: ID!) { cancelOrder(id: $id, reason: "too slow") { __typename
      ... on CancelOrderSuccess { order { status } } ... on OrderNotCancellable { status } } }`;

    const first = await service.ask(aUser('1'), { query, variables: { id } });
    await deliver(reserved(id));
    const second = await service.ask(aUser('1'), { query, variables: { id } });

    expect(first.data).toMatchObject({ cancelOrder: { order: { status: 'CANCELLED' } } });
    expect(second.data).toMatchObject({ cancelOrder: { __typename: 'OrderNotCancellable', status: 'CANCELLED' } });
    expect(await service.announced('order.cancelled', id)).toMatchObject({
      data: { wasConfirmed: false, reason: 'too slow' },
    });
    expect(await show(id)).toMatchObject({ status: 'CANCELLED' });
    expect(eventsAbout(id)).toEqual(['order.created', 'order.cancelled']);
  });

  it('tells on cancellation that the order had been confirmed', async () => {
    const { id } = await aPlacedOrder();
    await deliver(reserved(id));

    await service.ask(aUser('1'), {
      query: 'mutation ($id: ID!) { cancelOrder(id: $id) { __typename } }',
      variables: { id },
    });

    expect(await service.announced('order.cancelled', id)).toMatchObject({
      data: { wasConfirmed: true, reason: null },
    });
  });

  it('refuses a reason that is a letter, and leaves the order as it is', async () => {
    const { id } = await aPlacedOrder();
    const query = 'mutation ($id: ID!, $reason: String) { cancelOrder(id: $id, reason: $reason) { __typename } }';

    const { errors } = await service.ask(aUser('1'), { query, variables: { id, reason: 'x'.repeat(501) } });

    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    expect(await show(id)).toMatchObject({ status: 'PENDING' });
  });

  it('gives up on an order whose stock is held for too long, and lets a late answer pass', async () => {
    const { id } = await aPlacedOrder();

    await deliver(expired(id), reserved(id));

    expect(await service.announced('order.rejected', id)).toMatchObject({ data: { reason: 'TIMED_OUT' } });
    expect(await show(id)).toMatchObject({ status: 'REJECTED', rejectionReason: 'TIMED_OUT' });
  });

  it('tells the end of an order once more, under its first id, when products asks for it', async () => {
    const { id } = await aPlacedOrder();
    await deliver(reserved(id));
    const first = await service.announced('order.confirmed', id);

    await deliver(expired(id));
    const told = () => service.published.filter(({ type, subject }) => type === 'order.confirmed' && subject === id);
    await until(() => told().length === 2);

    expect(told().map((event) => event.id)).toEqual([first.id, first.id]);
    expect(await show(id)).toMatchObject({ status: 'CONFIRMED', history: [{}, { to: 'CONFIRMED' }] });
  });

  it('answers nothing about an order that it does not know', async () => {
    await deliver(expired('999999'), expired('not an id'));

    expect(eventsAbout('999999')).toEqual([]);
  });

  it('gives up on an order that nobody answers for', async () => {
    const { id } = await aPlacedOrder({ at: new Date(Date.now() - 15 * 60_000 - 1_000) });

    const rejected = await service.announced('order.rejected', id);

    expect(rejected).toMatchObject({ data: { reason: 'TIMED_OUT' } });
    expect(await show(id)).toMatchObject({ status: 'REJECTED', rejectionReason: 'TIMED_OUT' });
  });

  it('keeps the orders of a deleted account for admins, without a buyer', async () => {
    const { id } = await aPlacedOrder({ buyerId: '31' });

    await deliver(userDeleted.create({ ...facts('31', 'users'), data: { userId: '31' } }));
    await deliver(reserved(id));

    expect(await show(id)).toMatchObject({ status: 'CONFIRMED', buyer: null });
    expect(await service.announced('order.confirmed', id)).toMatchObject({ audience: [] });
  });
});
