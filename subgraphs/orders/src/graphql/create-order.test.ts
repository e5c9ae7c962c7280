import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { type Answer, aUser } from '../testing/graph.ts';
import { lockClaim } from '../testing/storage.ts';
import { startTestService, type TestService } from '../testing/service.ts';

let service: TestService;
const buyer = aUser('1');

beforeAll(async () => {
  service = await startTestService();
  await until(async () => (await create({ lines: [{ productId: '1' }] }))['__typename'] === 'CreateOrderSuccess');
}, 20_000);
afterAll(() => service.close(), 20_000);

const query = `mutation ($input: CreateOrderInput!) { createOrder(input: $input) { __typename
  ... on CreateOrderSuccess { order { id status buyer { id } total { amountMinor currency } lines { quantity product { id } unitPrice { amountMinor } } } }
  ... on UserError { message path } ... on ProductUnavailable { productId } ... on PriceChanged { productId unitPrice { amountMinor currency } } } }`;

async function create(input: object, caller = buyer): Promise<Record<string, unknown>> {
  const answer: Answer = await service.ask(caller, { query, variables: { input } });
  if (answer.errors) throw new Error(JSON.stringify(answer.errors));
  return answer.data?.['createOrder'] as Record<string, unknown>;
}

const idOf = (result: Record<string, unknown>) => (result['order'] as { id: string }).id;

describe('createOrder', () => {
  it('places an order at the prices of products and announces it', async () => {
    const result = await create({ lines: [{ productId: '2', quantity: 2 }, { productId: '1' }, { productId: '2' }] });

    const event = await service.announced('order.created', idOf(result));
    expect(result).toMatchObject({
      __typename: 'CreateOrderSuccess',
      order: {
        status: 'PENDING',
        buyer: { id: '1' },
        total: { amountMinor: 2_447, currency: 'EUR' },
        lines: [
          { quantity: 3, product: { id: '2' }, unitPrice: { amountMinor: 399 } },
          { quantity: 1, product: { id: '1' }, unitPrice: { amountMinor: 1_250 } },
        ],
      },
    });
    expect(event).toMatchObject({
      audience: ['1'],
      data: { total: { amountMinor: 2_447 } },
      traceparent: expect.any(String),
    });
  });

  it('answers the same key and input with the first order', async () => {
    const input = { idempotencyKey: 'replay', lines: [{ productId: '1' }, { productId: '2' }] };
    const first = await create(input);

    const again = await create({ ...input, lines: input.lines.toReversed() });
    const other = await create({ ...input, lines: [{ productId: '1', quantity: 2 }] });
    const stranger = await create(input, aUser('2'));

    expect(again).toEqual(first);
    expect(other).toMatchObject({ __typename: 'IdempotencyKeyReused', path: ['input', 'idempotencyKey'] });
    expect(idOf(stranger)).not.toBe(idOf(first));
  });

  it('orders at the price that the buyer saw, or tells the price of now and orders nothing', async () => {
    const at = (amountMinor: number, currency = 'EUR') => ({
      lines: [{ productId: '2' }, { productId: '1', expectedUnitPrice: { amountMinor, currency } }],
    });

    const same = await create(at(1_250));
    const other = await create({ ...at(1_200), idempotencyKey: 'price' });
    const otherCurrency = await create(at(1_250, 'USD'));
    const withoutPrice = await create({ idempotencyKey: 'price', lines: [{ productId: '1' }] });

    const changed = {
      __typename: 'PriceChanged',
      productId: '1',
      unitPrice: { amountMinor: 1_250, currency: 'EUR' },
      message: 'The price is €12.50 now. Nothing was ordered.',
      path: ['input', 'lines'],
    };
    expect(same).toMatchObject({ __typename: 'CreateOrderSuccess' });
    expect([other, otherCurrency]).toEqual([changed, changed]);
    expect(withoutPrice).toMatchObject({ __typename: 'CreateOrderSuccess' });
  });

  it('makes one order of twenty at once with one key', async () => {
    const input = { idempotencyKey: 'stampede', lines: [{ productId: '1' }] };
    const release = service.products.hold();

    const running = Array.from({ length: 20 }, () => create(input));
    const asked = service.products.questions();
    await until(() => service.products.questions() >= asked + 20);
    release();
    const results = await Promise.all(running);

    const names = new Set(results.map(({ __typename }) => __typename));
    names.delete('IdempotencyKeyInFlight');
    const created = results.filter(({ __typename }) => __typename === 'CreateOrderSuccess');
    const stored = await service.storage.postgres
      .fork()
      .execute(`select id from orders where idempotency_key = 'stampede'`);
    expect(names).toEqual(new Set(['CreateOrderSuccess']));
    expect(new Set(created.map(idOf)).size).toBe(1);
    expect(stored).toHaveLength(1);
  });

  it('says that the first request with a key is still at work', async () => {
    const input = { idempotencyKey: 'slow', lines: [{ productId: '1' }] };

    const during = await service.storage.postgres.fork().transactional(async (em) => {
      await lockClaim(em, { scope: '1:createOrder', key: 'slow' });
      return create(input);
    });
    const afterwards = await create(input);

    expect([during, afterwards].map(({ __typename }) => __typename)).toEqual([
      'IdempotencyKeyInFlight',
      'CreateOrderSuccess',
    ]);
  });

  it.each([
    ['no lines', { lines: [] }, { __typename: 'InvalidInput', path: ['input', 'lines'] }],
    ['a quantity of nothing', { lines: [{ productId: '1', quantity: 0 }] }, { __typename: 'InvalidInput' }],
    ['two currencies', { lines: [{ productId: '1' }, { productId: '3' }] }, { __typename: 'InvalidInput' }],
    [
      'a key that is too long',
      { idempotencyKey: 'k'.repeat(256), lines: [{ productId: '1' }] },
      { __typename: 'InvalidInput' },
    ],
    [
      'an unknown product',
      { lines: [{ productId: '1' }, { productId: '404' }] },
      { __typename: 'ProductUnavailable', productId: '404' },
    ],
    [
      'a product id that is none',
      { lines: [{ productId: 'x' }] },
      { __typename: 'ProductUnavailable', productId: 'x' },
    ],
  ])('refuses %s', async (_what, input, expected) => {
    await expect(create(input)).resolves.toMatchObject(expected);
  });

  it('keeps nothing of a request that failed: its key is still free', async () => {
    const refused = await create({ idempotencyKey: 'second try', lines: [{ productId: '404' }] });
    const created = await create({ idempotencyKey: 'second try', lines: [{ productId: '1' }] });

    expect([refused, created].map(({ __typename }) => __typename)).toEqual([
      'ProductUnavailable',
      'CreateOrderSuccess',
    ]);
  });
});
