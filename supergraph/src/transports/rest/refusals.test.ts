import { afterEach, describe, expect, it } from '@jest/globals';
import { buildSchema } from 'graphql';
import { tokens } from '../http/testing/local-gateway.ts';
import { answering, failing } from './testing/shop.ts';
import { startRest } from './testing/start-rest.ts';

const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(replaced?: Parameters<typeof startRest>[0]) {
  const rest = await startRest(replaced);
  closers.push(rest.close);
  return rest;
}

const signedIn = { authorization: tokens.ada };
const order = { userId: 1, productId: 1 };

describe('the REST routes, when something stands in the way,', () => {
  it('tell the anonymous how to get a token, and somebody known that it is not for him', async () => {
    const { call } = await start({ users: failing('UNAUTHORIZED_FIELD_OR_TYPE') });

    const anonymous = await call('POST /api/orders', { body: order });
    const known = await call('GET /api/users', signedIn);

    expect(anonymous).toMatchObject({
      status: 401,
      body: { code: 'UNAUTHENTICATED', detail: expect.stringContaining('POST /api/v1/sign-in') },
    });
    expect(anonymous.headers.get('content-type')).toContain('application/problem+json');
    expect(anonymous.headers.get('www-authenticate')).toContain('Bearer');
    expect(known).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect((await call('GET /api/users/1', { authorization: 'Bearer forged' })).status).toBe(401);
  });

  it.each([
    ['createUser', 'EmailTaken', 'POST /api/users', { name: 'Ada', email: 'ada@example.com' }, 409],
    ['createUser', 'InvalidInput', 'POST /api/users', { name: '', email: 'ada' }, 422],
    ['deleteUser', 'NotFound', 'DELETE /api/users/5', undefined, 404],
    ['signIn', 'InvalidCredentials', 'POST /api/sign-in', { email: 'a', password: 'b' }, 401],
    ['createOrder', 'IdempotencyKeyReused', 'POST /api/orders', order, 422],
    ['createOrder', 'IdempotencyKeyInFlight', 'POST /api/orders', order, 409],
    ['createOrder', 'CatalogueUnavailable', 'POST /api/orders', order, 503],
  ])('answer %s: %s with its status', async (field, typeName, route, body, status) => {
    const { call } = await start({ [field]: answering(typeName) });

    const answer = await call(route, { ...signedIn, ...(body ? { body } : {}) });

    expect(answer).toMatchObject({
      status,
      body: { status, type: 'about:blank', detail: `That is ${typeName}.`, errors: [{ path: 'name' }] },
    });
    expect(answer.headers.has('www-authenticate')).toBe(status === 401);
    expect(answer.headers.has('retry-after')).toBe(status === 503 || typeName === 'IdempotencyKeyInFlight');
  });

  it('say when to sign in again after too many attempts, and what state an order is in', async () => {
    const { call } = await start({
      signIn: answering('TooManyAttempts', { retryAfterSeconds: 42 }),
      cancelOrder: answering('OrderNotCancellable', { status: 'CANCELLED' }),
    });

    const attempt = await call('POST /api/sign-in', { body: { email: 'a', password: 'b' } });

    expect([attempt.status, attempt.headers.get('retry-after')]).toEqual([429, '42']);
    expect(await call('POST /api/v1/orders/7/cancel', signedIn)).toMatchObject({
      status: 409,
      body: { orderStatus: 'CANCELLED' },
    });
  });

  it.each([
    ['POST /api/users', '{"name":', 400],
    ['POST /api/users', { name: 7 }, 400],
    ['POST /api/users', '', 400],
    ['POST /api/orders', { userId: 1 }, 400],
    ['GET /api/users/abc', undefined, 404],
    ['GET /api/users/99', undefined, 404],
    ['GET /api/nothing', undefined, 404],
  ])('answer %s with body %j by a problem and no stack', async (route, body, status) => {
    const answer = await (await start()).call(route, { ...signedIn, ...(body === undefined ? {} : { body }) });

    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      status,
      title: expect.any(String),
      code: expect.any(String),
      instance: route.split(' ')[1],
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/node_modules|\.ts:/);
  });

  it('answer 503 while a part of the graph is away or not composed in', async () => {
    const { call, engine } = await start({ product: failing('SUBGRAPH_UNAVAILABLE') });
    const away = await call('GET /api/products/1');
    engine.serve(buildSchema('type Query { user(id: ID!): String }'), {});
    const missing = await call('GET /api/products/1');

    expect(away).toMatchObject({ status: 503, body: { code: 'SUBGRAPH_UNAVAILABLE' } });
    expect(away.headers.get('retry-after')).toBe('1');
    expect(missing).toMatchObject({ status: 503, body: { code: 'GRAPH_NOT_READY' } });
  });
});
