import { afterEach, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { until } from '@storefront/platform/testing/until.ts';
import { tokens } from '../http/testing/local-gateway.ts';
import { routes } from './routes.ts';
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

describe('the REST routes', () => {
  it('read with numbers for ids, and leave out what the caller may not see', async () => {
    const { call } = await start();

    expect(await call('GET /api/users/1')).toMatchObject({
      status: 200,
      body: { id: 1, name: 'Ada', createdAt: '2026-01-31T09:30:00.000Z' },
    });
    expect((await call('GET /api/users/1')).body).not.toHaveProperty('email');
    expect((await call('GET /api/products/1')).body).toMatchObject({
      id: 1,
      price: 12.5,
      priceMinor: 1250,
      currency: 'EUR',
      stock: 5,
    });
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

    const placed = await call('POST /api/orders', { ...signedIn, body: order, 'idempotency-key': '"key-1"' });

    expect(placed.status).toBe(201);
    expect(placed.headers.get('location')).toBe('/api/v1/orders/7');
    expect(placed.body).toMatchObject({
      id: 7,
      userId: 1,
      total: 25,
      lines: [{ productId: 1, name: null, quantity: 2, unitPrice: 12.5 }],
    });
    expect(engine.requests.at(-1)?.variables).toEqual({
      input: { userId: '1', idempotencyKey: 'key-1', lines: [{ productId: '1', quantity: 1 }] },
    });
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
    expect(await call('GET /api/v1/products/1', { 'if-none-match': etag })).toMatchObject({
      status: 304,
      body: undefined,
    });
    const written = await call('PUT /api/v1/products/1', { ...change, 'if-match': etag });
    expect([written.status, written.headers.get('etag')]).toEqual([200, '"4"']);
    expect(await call('PUT /api/v1/products/1', { ...change, 'if-match': '"2"' })).toMatchObject({
      status: 412,
      body: { code: 'VERSION_CONFLICT', currentVersion: 3 },
    });
    expect((await call('PUT /api/v1/products/1', { ...change, 'if-match': '"x"' })).status).toBe(412);
    expect((await call('PUT /api/v1/products/1', { ...change, body: { price: 10, expectedVersion: 2 } })).status).toBe(
      409,
    );
  });

  it('take prices in either unit and refuse one that the currency cannot express', async () => {
    const { call, engine } = await start();
    const add = (body: object) =>
      call('POST /api/v1/products', { authorization: tokens.admin, body: { name: 'Mug', ...body } });

    expect((await add({ price: 19.99, stock: 4 })).body).toMatchObject({ price: 19.99, priceMinor: 1999 });
    expect(engine.requests.at(-1)?.variables).toEqual({
      input: { name: 'Mug', price: { amountMinor: 1999, currency: 'EUR' }, initialStock: 4 },
    });
    expect((await add({ priceMinor: 500, currency: 'JPY' })).body).toMatchObject({ price: 500, currency: 'JPY' });
    expect((await add({ price: 1.999 })).status).toBe(422);
    expect((await add({})).status).toBe(400);
  });

  it('log the route and no part of the body', async () => {
    const { call, logged } = await start();

    await call('POST /api/v1/sign-in', { body: { email: 'ada@example.com', password: 'secret' } });

    const line = await until(() => logged.find(({ msg }) => msg === 'operation'));
    expect(line).toMatchObject({
      route: 'POST /sign-in',
      operationName: 'SignIn',
      caller: 'anonymous',
      status: 200,
      outcome: 'ok',
    });
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
    const described = Object.entries(description.paths).flatMap(([path, item]) =>
      Object.keys(Object(item)).map((method) => `${method} ${path}`),
    );
    expect(described).toHaveLength(routes.length);
    expect(assets).toHaveLength(4);
    for (const asset of assets)
      expect((await (await fetch(`${url}${asset}`)).arrayBuffer()).byteLength).toBeGreaterThan(100);
  });
});
