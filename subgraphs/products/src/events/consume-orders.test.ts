import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Bus, ConsumeOptions } from '@storefront/platform/bus/bus.ts';
import { openBus, PermanentFault } from '@storefront/platform/bus/bus.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { until } from '@storefront/platform/testing/until.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderCancelled } from '@storefront/schema/events/order-cancelled.ts';
import { orderConfirmed } from '@storefront/schema/events/order-confirmed.ts';
import { orderCreated } from '@storefront/schema/events/order-created.ts';
import type { TestService } from '../testing/service.ts';
import { startTestService } from '../testing/service.ts';
import { consumeOrders } from './consume-orders.ts';

const total = { amountMinor: 100, currency: 'EUR' };
const facts = (orderId: string) => ({
  id: randomUUIDv7(),
  source: 'orders',
  subject: orderId,
  time: new Date(),
  audience: ['1'],
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
});
const created = (orderId: string, productId: string, quantity = 1) =>
  orderCreated.create({
    ...facts(orderId),
    data: {
      orderId,
      buyerId: '1',
      lines: [{ productId, quantity, unitPrice: total }],
      total,
      placedAt: new Date().toISOString(),
    },
  });
const confirmed = (orderId: string) =>
  orderConfirmed.create({ ...facts(orderId), data: { orderId, buyerId: '1', total } });
const cancelled = (orderId: string) =>
  orderCancelled.create({
    ...facts(orderId),
    data: { orderId, buyerId: '1', reason: null, wasConfirmed: false, total },
  });

describe('over RabbitMQ', () => {
  let service: TestService;
  let bus: Bus;
  const answers: DomainEvent[] = [];
  const answersTo = (orderId: string) => answers.filter(({ subject }) => subject === orderId).map(({ type }) => type);
  const publish = (event: DomainEvent) => bus.publish(event, 'orders');
  const stock = async (productId: string) => {
    const query = `{ product(id: "${productId}") { stock { available reserved } } }`;
    const { data } = await service.ask<{ product: { stock: unknown } }>({ query, scopes: ['stock:read'] });
    return data.product.stock;
  };

  beforeAll(async () => {
    service = await startTestService();
    bus = await openBus({ url: service.rabbitUrl, log: createLog({ service: 'test', level: 'silent' }), name: 'test' });
    await bus.consume({
      queue: 'orders.saga',
      bindings: [{ exchange: 'products', routingKeys: ['#'] }],
      handle: async (event) => void answers.push(event),
    });
  });
  afterAll(async () => {
    await bus.close();
    await service.close();
  });

  it('sets stock aside once for an order whose message is delivered twice, and answers once, in the same trace', async () => {
    const event = created('twice', '1', 3);

    await publish(event);
    await publish(event);
    await publish(created('after', '1'));

    await until(() => answersTo('twice').length > 0 && answersTo('after').length > 0);
    expect(answersTo('twice')).toEqual(['stock.reserved']);
    expect(answers.find(({ subject }) => subject === 'twice')?.traceparent).toBe(event.traceparent);
    await expect(stock('1')).resolves.toEqual({ available: 96, reserved: 4 });
  });

  it('sells what was held, and gives back what is cancelled', async () => {
    await publish(created('sold', '2', 5));
    await until(() => answersTo('sold').length > 0);

    await publish(confirmed('sold'));
    await until(async () => JSON.stringify(await stock('2')) === '{"available":95,"reserved":0}');
    await publish(cancelled('sold'));

    await until(async () => JSON.stringify(await stock('2')) === '{"available":100,"reserved":0}');
  });

  it('sets nothing aside for an order whose cancellation was faster', async () => {
    await publish(cancelled('early'));
    await publish(created('early', '3'));

    await until(() => answersTo('early').length > 0);
    expect(answersTo('early')).toEqual(['stock.rejected']);
    await expect(stock('3')).resolves.toEqual({ available: 100, reserved: 0 });
  });

  it('gives the last ten pieces to exactly ten of thirty orders', async () => {
    const query = 'mutation { updateProduct(input: { id: "4", restock: -90 }) { __typename } }';
    await service.ask({ query, scopes: ['products:write'] });

    await Promise.all(Array.from({ length: 30 }, (_, index) => publish(created(`rush-${index}`, '4'))));

    const settled = () => answers.filter(({ subject }) => subject.startsWith('rush-'));
    await until(() => settled().length === 30, { timeoutMs: 10_000 });
    expect(settled().filter(({ type }) => type === 'stock.reserved')).toHaveLength(10);
    await expect(stock('4')).resolves.toEqual({ available: 0, reserved: 10 });
  });

  it('tells the others that a product changed', async () => {
    await service.ask({ query: 'mutation { deleteProduct(id: "5") { __typename } }', scopes: ['products:write'] });

    const event = await until(() => answers.find(({ type, subject }) => type === 'product.updated' && subject === '5'));
    expect(event).toMatchObject({ source: 'products', data: { productId: '5', version: 2, change: 'withdrawn' } });
  });
});

describe('a message that can never be right', () => {
  const handle = async (event: DomainEvent): Promise<void> => {
    let consumer: ConsumeOptions | undefined;
    const consume: Bus['consume'] = async (options) => {
      consumer = options;
      return { depths: async () => [], close: async () => undefined };
    };
    const ledger = {
      once: async () => 'applied' as const,
      extendExpired: async () => 0,
      holdAll: async () => true,
      sellAll: async () => [],
    };
    const clock = { now: () => new Date() };
    await consumeOrders({ bus: { consume }, ledger, clock, newEventId: () => randomUUIDv7(), reservationMs: 1 });
    await consumer?.handle(event);
  };

  it('is a permanent fault: an order without lines, or an event that the queue does not know', async () => {
    const good = created('1', '1');

    await expect(handle(good)).resolves.toBeUndefined();
    await expect(handle({ ...good, data: { ...good.data, lines: [] } })).rejects.toBeInstanceOf(PermanentFault);
    await expect(handle({ ...good, type: 'user.deleted' })).rejects.toBeInstanceOf(PermanentFault);
  });
});
