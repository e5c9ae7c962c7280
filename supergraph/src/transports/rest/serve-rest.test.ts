import { afterEach, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { until } from '@storefront/platform/testing/until.ts';
import { buildSchema } from 'graphql';
import { createLocalGateway, tokens } from '../http/testing/local-gateway.ts';
import { serveApiDescription, serveApiDocs } from './api-docs.ts';
import { routes } from './routes.ts';
import { serveRest } from './serve-rest.ts';
import { answering, failing, shopRoot, shopSchema } from './testing/shop.ts';

const schema = shopSchema();
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(replaced: Parameters<typeof shopRoot>[0] = {}) {
  const gateway = createLocalGateway();
  serveRest(gateway.server, gateway.deps, routes);
  serveApiDescription(gateway.server, routes);
  serveApiDocs(gateway.server);
  gateway.engine.serve(schema, shopRoot(replaced));
  const { url } = await gateway.start();
  closers.push(() => gateway.server.close());
  const call = async (route: string, { body, ...headers }: Record<string, unknown> = {}) => {
    const [method = 'GET', path = '/'] = route.split(' ');
    const type = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const init = { method, headers: { ...type, ...headers } as Record<string, string>, ...(body === undefined ? {} : { body: text }) };
    const response = await fetch(`${url}${path}`, init);
    const answer = await response.text();
    return { status: response.status, headers: response.headers, body: answer === '' ? undefined : JSON.parse(answer) };
  };
  return { ...gateway, url, call };
}

const signedIn = { authorization: tokens.ada };
const order = { userId: 1, productId: 1 };

describe('the REST routes', () => {
  it('read with numbers for ids, and leave out what the caller may not see', async () => {
    const { call } = await start();

    expect(await call('GET /api/users/1')).toMatchObject({ status: 200, body: { id: 1, name: 'Ada', createdAt: '2026-01-31T09:30:00.000Z' } });
    expect((await call('GET /api/users/1')).body).not.toHaveProperty('email');
    expect((await call('GET /api/products/1')).body).toMatchObject({ id: 1, price: 12.5, priceMinor: 1250, currency: 'EUR', stock: 5 });
  });

  it('list as plain arrays and name the next page in a link', async () => {
    const { call } = await start();

    const all = await call('GET /api/v1/products');
    const first = await call('GET /api/v1/products?first=1');

    expect(all.body).toEqual([expect.objectContaining({ id: 1 })]);
    expect(all.headers.get('link')).toBeNull();
    expect(first.headers.get('link')).toBe('</api/v1/products?first=1&after=next+one>; rel="next"');
    expect((await call('GET /api/v1/products?first=101')).status).toBe(400);
  });

  it('mark the paths without a version as deprecated and name their successor', async () => {
    const { call } = await start();

    const old = await call('GET /api/products?first=1');
    const current = await call('GET /api/v1/products/1');

    expect(old.headers.get('deprecation')).toBe('@1767225600');
    expect(old.headers.get('link')).toContain('</api/v1/products?first=1>; rel="successor-version", ');
    expect(current.headers.get('deprecation')).toBeNull();
  });

  it('take an order as curl -d sends it and keep the lines when a name is not to be had', async () => {
    const { call, engine } = await start();

    const placed = await call('POST /api/orders', { ...signedIn, 'body': order, 'idempotency-key': '"key-1"' });

    expect(placed.status).toBe(201);
    expect(placed.headers.get('location')).toBe('/api/v1/orders/7');
    expect(placed.body).toMatchObject({ id: 7, userId: 1, total: 25, lines: [{ productId: 1, name: null, quantity: 2, unitPrice: 12.5 }] });
    expect(engine.requests.at(-1)?.variables).toEqual({ input: { userId: '1', idempotencyKey: 'key-1', lines: [{ productId: '1', quantity: 1 }] } });
  });

  it('tell the anonymous how to get a token, and somebody known that it is not for him', async () => {
    const { call } = await start({ users: failing('UNAUTHORIZED_FIELD_OR_TYPE') });

    const anonymous = await call('POST /api/orders', { body: order });
    const known = await call('GET /api/users', signedIn);

    expect(anonymous).toMatchObject({ status: 401, body: { code: 'UNAUTHENTICATED', detail: expect.stringContaining('POST /api/v1/sign-in') } });
    expect(anonymous.headers.get('content-type')).toContain('application/problem+json');
    expect(anonymous.headers.get('www-authenticate')).toContain('Bearer');
    expect(known).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    expect((await call('GET /api/users/1', { authorization: 'Bearer forged' })).status).toBe(401);
  });

  it('give tokens for credentials', async () => {
    const { call } = await start();

    const session = await call('POST /api/v1/sign-in', { body: { email: 'ada@example.com', password: 'secret' } });

    expect(session).toMatchObject({ status: 200, body: { accessToken: 'a', refreshToken: 'r', user: { id: 1 } } });
    expect(session.headers.get('cache-control')).toBe('no-store');
  });

  it('read and write products on condition of their version', async () => {
    const { call } = await start();
    const change = { authorization: tokens.admin, body: { price: 10 } };
    const etag = (await call('GET /api/v1/products/1')).headers.get('etag');

    expect(etag).toBe('"3"');
    expect(await call('GET /api/v1/products/1', { 'if-none-match': etag })).toMatchObject({ status: 304, body: undefined });
    const written = await call('PUT /api/v1/products/1', { ...change, 'if-match': etag });
    expect([written.status, written.headers.get('etag')]).toEqual([200, '"4"']);
    expect(await call('PUT /api/v1/products/1', { ...change, 'if-match': '"2"' })).toMatchObject({ status: 412, body: { code: 'VERSION_CONFLICT', currentVersion: 3 } });
    expect((await call('PUT /api/v1/products/1', { ...change, 'if-match': '"x"' })).status).toBe(412);
    expect((await call('PUT /api/v1/products/1', { ...change, body: { price: 10, expectedVersion: 2 } })).status).toBe(409);
  });

  it('take prices in either unit and refuse one that the currency cannot express', async () => {
    const { call, engine } = await start();
    const add = (body: object) => call('POST /api/v1/products', { authorization: tokens.admin, body: { name: 'Mug', ...body } });

    expect((await add({ price: 19.99, stock: 4 })).body).toMatchObject({ price: 19.99, priceMinor: 1999 });
    expect(engine.requests.at(-1)?.variables).toEqual({ input: { name: 'Mug', price: { amountMinor: 1999, currency: 'EUR' }, initialStock: 4 } });
    expect((await add({ priceMinor: 500, currency: 'JPY' })).body).toMatchObject({ price: 500, currency: 'JPY' });
    expect((await add({ price: 1.999 })).status).toBe(422);
    expect((await add({})).status).toBe(400);
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

    expect(answer).toMatchObject({ status, body: { status, type: 'about:blank', detail: `That is ${typeName}.`, errors: [{ path: 'name' }] } });
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
    expect(await call('POST /api/v1/orders/7/cancel', signedIn)).toMatchObject({ status: 409, body: { orderStatus: 'CANCELLED' } });
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
    expect(answer.body).toMatchObject({ status, title: expect.any(String), code: expect.any(String), instance: route.split(' ')[1] });
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

  it('log the route and no part of the body', async () => {
    const { call, logged } = await start();

    await call('POST /api/v1/sign-in', { body: { email: 'ada@example.com', password: 'secret' } });

    const line = await until(() => logged.find(({ msg }) => msg === 'operation'));
    expect(line).toMatchObject({ route: 'POST /sign-in', operationName: 'SignIn', caller: 'anonymous', status: 200, outcome: 'ok' });
    expect(JSON.stringify(logged)).not.toMatch(/ada@|secret/);
  });

  it('describe themselves in valid OpenAPI 3.1, every route of the table, with a page that loads nothing from elsewhere', async () => {
    const { call, url } = await start();

    const { body: description } = await call('GET /api/openapi.json');
    const { valid, errors } = await new Validator().validate(description);
    const page = await (await fetch(`${url}/api/docs`)).text();
    const assets = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);

    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    const described = Object.entries(description.paths).flatMap(([path, item]) => Object.keys(Object(item)).map((method) => `${method} ${path}`));
    expect(described).toHaveLength(routes.length);
    expect(assets).toHaveLength(4);
    for (const asset of assets) expect((await (await fetch(`${url}${asset}`)).arrayBuffer()).byteLength).toBeGreaterThan(100);
  });
});
