import { describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { ask } from '../testing/graphql.ts';
import { account, sharedStack } from '../testing/stack.ts';

const stack = sharedStack();
const ada = account(stack, 'ada');
const admin = account(stack, 'admin');

interface Call {
  method?: string;
  token?: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/** Like curl: `body` goes out as `-d` sends it, with no JSON content type. */
async function call(url: string, { method = 'GET', token, headers = {}, body }: Call = {}) {
  const response = await fetch(url, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null };
}

const api = (path: string) => `${stack.gateway.http}${path}`;

describe('the REST routes of the old gateway', () => {
  it('answer for a user', async () => {
    const answer = await call(api('/api/users/1'));

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ id: 1, name: expect.any(String) });
    expect(answer.body).not.toHaveProperty('email');
  });

  it('answer with the list of products', async () => {
    const answer = await call(api('/api/products'));

    expect(answer.status).toBe(200);
    expect(answer.body[0]).toMatchObject({ id: 1, name: expect.any(String), price: expect.any(Number) });
  });

  it('take an order as they always did', async () => {
    const placed = await call(api('/api/orders'), {
      method: 'POST',
      token: ada.token,
      body: { userId: 1, productId: 1 },
    });

    expect(placed.status).toBe(201);
    expect(placed.body).toMatchObject({
      id: expect.any(Number),
      userId: 1,
      status: 'PENDING',
      lines: [{ productId: 1, quantity: 1 }],
    });
    const read = await call(api(`/api/orders/${placed.body.id}`), { token: ada.token });
    expect(read.body).toMatchObject({ id: placed.body.id, userId: 1 });
    const list = await call(api('/api/orders/user/1'), { token: ada.token });
    expect(list.body.map(({ id }: { id: number }) => id)).toContain(placed.body.id);
  });

  it('say how to get a token when there is none', async () => {
    const answer = await call(api('/api/orders'), { method: 'POST', body: { userId: 1, productId: 1 } });

    expect(answer.status).toBe(401);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
    expect(answer.body.detail).toContain('/sign-in');
  });

  it('give a token for an e-mail address and a password', async () => {
    const { email, password } = ada;

    const answer = await call(api('/api/v1/sign-in'), { method: 'POST', body: { email, password } });

    expect(answer.status).toBe(200);
    const me = await ask(stack.gateway.graphql, { token: answer.body.accessToken, query: '{ me { email } }' });
    expect(me.data).toEqual({ me: { email } });
  });

  it('point from the unversioned paths to their successors', async () => {
    const old = await call(api('/api/products/1'));
    const current = await call(api('/api/v1/products/1'));

    expect(old.headers.get('deprecation')).toMatch(/^@\d+$/);
    expect(old.headers.get('link')).toContain('</api/v1/products/1>; rel="successor-version"');
    expect(current.headers.get('deprecation')).toBeNull();
    expect(current.body).toEqual(old.body);
  });

  it('place one order for one idempotency key', async () => {
    const headers = { 'idempotency-key': `key-${Date.now()}` };
    const order = { userId: 1, lines: [{ productId: 2, quantity: 1 }] };

    const first = await call(api('/api/v1/orders'), { method: 'POST', token: ada.token, headers, body: order });
    const again = await call(api('/api/v1/orders'), { method: 'POST', token: ada.token, headers, body: order });
    const other = { userId: 1, lines: [{ productId: 3, quantity: 1 }] };
    const reused = await call(api('/api/v1/orders'), { method: 'POST', token: ada.token, headers, body: other });

    expect([first.status, again.status, reused.status]).toEqual([201, 201, 422]);
    expect(again.body.id).toBe(first.body.id);
  });

  it('guard a product against a write that has not seen the last one', async () => {
    const created = await call(api('/api/v1/products'), {
      method: 'POST',
      token: admin.token,
      body: { name: `Lamp ${Date.now()}`, price: 12.5, currency: 'EUR' },
    });
    expect(created.status).toBe(201);
    const url = api(`/api/v1/products/${created.body.id}`);
    const etag = (await call(url)).headers.get('etag') ?? '';

    const cheaper = { method: 'PUT', token: admin.token, headers: { 'if-match': etag }, body: { price: 10 } };
    const first = await call(url, cheaper);
    const late = await call(url, cheaper);

    expect([first.status, late.status]).toEqual([200, 412]);
    expect((await call(url)).body.price).toBe(10);
    expect(
      (await call(url, { headers: { 'if-none-match': (await call(url)).headers.get('etag') ?? '' } })).status,
    ).toBe(304);
  });

  it('create, change and delete a user', async () => {
    const email = `rest-${Date.now()}@example.com`;
    const password = 'a long enough password';
    const created = await call(api('/api/users'), { method: 'POST', body: { name: 'Rest', email, password } });
    expect(created.status).toBe(201);
    const signedIn = await call(api('/api/v1/sign-in'), { method: 'POST', body: { email, password } });
    const token: string = signedIn.body.accessToken;
    const url = api(`/api/users/${created.body.id}`);

    const changed = await call(url, { method: 'PUT', token, body: { name: 'Rested' } });
    const foreign = await call(api('/api/users/1'), { method: 'PUT', token, body: { name: 'Mine now' } });
    const deleted = await call(url, { method: 'DELETE', token });

    expect(changed).toMatchObject({ status: 200, body: { name: 'Rested', email } });
    expect(foreign.status).toBe(403);
    expect(deleted.status).toBe(204);
    expect((await call(url)).status).toBe(404);
  });

  it.each([
    ['a body that is not JSON', '/api/users', { method: 'POST', body: '{"name":' }, 400],
    ['a body with the wrong types', '/api/users', { method: 'POST', body: { name: 7 } }, 400],
    ['an id that is no number', '/api/users/none', {}, 404],
    ['an id that nobody has', '/api/users/999999', {}, 404],
    ['a route that is not there', '/api/nothing', {}, 404],
    ['a token that does not hold', '/api/users/1', { token: 'forged' }, 401],
  ])('answer %s with problem+json and no stack trace', async (_what, path, request: Call, status) => {
    const answer = await call(api(path), request);

    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({ status, title: expect.any(String), code: expect.any(String) });
    expect(JSON.stringify(answer.body)).not.toMatch(/at .*\.ts|node_modules/);
  });

  it('carry an event from the test route to a notification', async () => {
    const message = `hello ${Date.now()}`;

    const published = await call(`${stack.services.orders}/test/publish`, {
      method: 'POST',
      body: { userId: '1', message },
    });

    expect(published).toMatchObject({ status: 202, body: { published: true } });
    await until(async () => {
      const query = '{ me { notifications(first: 20) { nodes { message } } } }';
      const answer = await ask(stack.gateway.graphql, { token: ada.token, query });
      return answer.data?.me.notifications.nodes.some((node: { message: string }) => node.message.includes(message));
    });
  });

  it('describe themselves as OpenAPI 3.1, with a page that needs no internet', async () => {
    const document = await call(api('/api/openapi.json'));
    const page = await fetch(api('/api/docs/'), { headers: { accept: 'text/html' } });
    const html = await page.text();

    expect(document.body.openapi).toMatch(/^3\.1/);
    expect(Object.keys(document.body.paths)).toContain('/api/v1/orders/{id}');
    expect(page.status).toBe(200);
    expect(html).not.toMatch(/(src|href)="https?:/);
  });
});

describe('health', () => {
  it.each([
    ['gateway', stack.gateway.http],
    ['users', stack.services.users],
    ['products', stack.services.products],
    ['orders', stack.services.orders],
  ])('is told by the %s', async (name, url) => {
    const health = await call(`${url}/health`);
    const ready = await call(`${url}/ready`);

    expect(health).toMatchObject({ status: 200, body: { status: 'ok', service: name } });
    expect(ready).toMatchObject({ status: 200, body: { status: 'ready' } });
    expect(Object.keys(ready.body.checks).length).toBeGreaterThan(1);
  });
});
