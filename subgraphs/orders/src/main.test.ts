import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { anonymous, type Answer, aUser } from './testing/graph.ts';
import { startTestService, type TestService } from './testing/service.ts';

let service: TestService;
const buyer = aUser('1');

beforeAll(async () => {
  service = await startTestService({ LOCAL_STACK: 'true' });
  await until(async () => (await create({ lines: [{ productId: '1' }] }))['__typename'] === 'CreateOrderSuccess');
}, 20_000);
afterAll(() => service.close(), 20_000);

const query = `mutation ($input: CreateOrderInput!) { createOrder(input: $input) { __typename
  ... on CreateOrderSuccess { order { id status buyer { id } total { amountMinor currency } lines { quantity product { id } unitPrice { amountMinor } } } }
  ... on UserError { message path } ... on ProductUnavailable { productId } } }`;

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
    expect(event).toMatchObject({ audience: ['1'], data: { total: { amountMinor: 2_447 } }, traceparent: expect.any(String) });
  });

  it('answers the same key and input with the first order, without asking products again', async () => {
    const input = { idempotencyKey: 'replay', lines: [{ productId: '1' }, { productId: '2' }] };
    const first = await create(input);
    const asked = service.products.questions();

    const again = await create({ ...input, lines: input.lines.toReversed() });
    const other = await create({ ...input, lines: [{ productId: '1', quantity: 2 }] });
    const stranger = await create(input, aUser('2'));

    expect(again).toEqual(first);
    expect(other).toMatchObject({ __typename: 'IdempotencyKeyReused', path: ['input', 'idempotencyKey'] });
    expect(idOf(stranger)).not.toBe(idOf(first));
    expect(service.products.questions()).toBe(asked + 1);
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
    const stored = await service.storage.postgres.fork().execute(`select id from orders where idempotency_key = 'stampede'`);
    expect(names).toEqual(new Set(['CreateOrderSuccess']));
    expect(new Set(created.map(idOf)).size).toBe(1);
    expect(stored).toHaveLength(1);
  });

  it.each([
    ['no lines', { lines: [] }, { __typename: 'InvalidInput', path: ['input', 'lines'] }],
    ['a quantity of nothing', { lines: [{ productId: '1', quantity: 0 }] }, { __typename: 'InvalidInput' }],
    ['two currencies', { lines: [{ productId: '1' }, { productId: '3' }] }, { __typename: 'InvalidInput' }],
    ['a key that is too long', { idempotencyKey: 'k'.repeat(256), lines: [{ productId: '1' }] }, { __typename: 'InvalidInput' }],
    ['an unknown product', { lines: [{ productId: '1' }, { productId: '404' }] }, { __typename: 'ProductUnavailable', productId: '404' }],
    ['a product id that is none', { lines: [{ productId: 'x' }] }, { __typename: 'ProductUnavailable', productId: 'x' }],
  ])('refuses %s', async (_what, input, expected) => {
    await expect(create(input)).resolves.toMatchObject(expected);
  });

  it('keeps nothing of a request that failed: its key is still free', async () => {
    const refused = await create({ idempotencyKey: 'second try', lines: [{ productId: '404' }] });
    const created = await create({ idempotencyKey: 'second try', lines: [{ productId: '1' }] });

    expect([refused, created].map(({ __typename }) => __typename)).toEqual(['ProductUnavailable', 'CreateOrderSuccess']);
  });
});

describe('the service', () => {
  it('answers no one without an internal token', async () => {
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-user-id': '1' },
      body: JSON.stringify({ query: '{ orders { nodes { id } } }' }),
    });

    expect(response.status).toBe(401);
    await expect(response.json()).resolves.toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    await expect(service.ask(anonymous, '{ _service { sdl } }')).resolves.not.toHaveProperty('data._service');
  });

  it('tells that it lives, and what it works with', async () => {
    const [health, ready] = await Promise.all([fetch(`${service.url}/health`), fetch(`${service.url}/ready`)]);

    expect([health.status, ready.status]).toEqual([200, 200]);
    await expect(ready.json()).resolves.toMatchObject({
      status: 'ready',
      checks: { postgres: { status: 'up' }, rabbitmq: { status: 'up' }, consul: { status: 'up' } },
      outbox: { pending: expect.any(Number), oldestAgeMs: expect.any(Number) },
    });
  });

  it.each([
    ['nothing', undefined, {}, { userId: '1', message: 'Hello from the test route' }],
    ['what curl sends', '{"userId":2,"message":"hi"}', { 'content-type': 'application/x-www-form-urlencoded' }, { userId: '2', message: 'hi' }],
  ])('sends a test event for %s', async (_what, body, headers, data) => {
    const response = await fetch(`${service.url}/test/publish`, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
    const answer = (await response.json()) as { id: string };

    expect([response.status, answer]).toEqual([202, { published: true, id: expect.any(String), type: 'test.published' }]);
    await until(() => service.published.some(({ id }) => id === answer.id));
    expect(service.published.find(({ id }) => id === answer.id)).toMatchObject({ data, audience: [data.userId] });
  });

  it.each(['{', '{"userId":"somebody"}', '[1]'])('refuses a test event for %s', async (body) => {
    const response = await fetch(`${service.url}/test/publish`, { method: 'POST', body });

    expect(response.status).toBe(400);
    await expect(response.json()).resolves.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});
