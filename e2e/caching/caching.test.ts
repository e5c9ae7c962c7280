import { beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { ask } from '../testing/graphql.ts';
import { newProduct } from '../testing/products.ts';
import { account, sharedStack } from '../testing/stack.ts';

const stack = sharedStack();
const gateways = (stack.replicas?.gateway ?? [stack.gateway.http]).map((url) => new URL('/graphql', url).href);
const [near = '', far = near] = gateways;
const admin = account(stack, 'admin').token;
let productId: string;

beforeAll(async () => {
  productId = await newProduct(near, { token: admin, initialStock: 50 });
});

/** GET, as a browser or a CDN asks; with what the cache had to do with it. */
async function get(url: string, query: string, headers: Record<string, string> = {}) {
  const asked = new URL(url);
  asked.searchParams.set('query', query);
  const response = await fetch(asked, {
    headers: { 'apollo-require-preflight': 'true', accept: 'application/json', 'x-include-cache': 'true', ...headers },
  });
  const { data, extensions } = (await response.json()) as {
    data: { product: { price: { amountMinor: number }; stock: { available: number } } };
    extensions?: { cache?: { hits: number; misses: number; age: number } };
  };
  return { data, cache: extensions?.cache, headers: response.headers };
}
const ofPrice = () => `{ product(id: "${productId}") { price { amountMinor } } }`;
const ofStock = () => `{ product(id: "${productId}") { stock { available } } }`;
const hitAt = (url: string, query: string) =>
  until(async () => {
    const answer = await get(url, query);
    return (answer.cache?.hits ?? 0) > 0 && answer;
  });

describe('an answer that may be kept', () => {
  it('says for how long, for whom and how old it is', async () => {
    const { headers, cache } = await hitAt(near, ofPrice());

    expect(headers.get('cache-control')).toBe('max-age=60, public, stale-while-revalidate=30, stale-if-error=3600');
    expect(headers.get('age')).toBe(String(cache?.age));
    expect(headers.get('vary')).toContain('accept');
  });

  it('says the same whether it came by GET or by POST', async () => {
    const response = await fetch(near, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: ofPrice(), extensions: { cache: true } }),
    });

    expect(response.headers.get('cache-control')).toContain('max-age=60, public');
    expect(await response.json()).toMatchObject({ extensions: { cache: { maxAge: 60, scope: 'PUBLIC' } } });
  });

  it.each([
    ['the caller has asked for something of his own', '{ me { name } }'],
    ['a part of it may not be', '{ me { name } products(first: 1) { nodes { name } } }'],
    ['there is an error in it', '{ products(first: 1000) { nodes { name } } }'],
  ])('says no-store when %s', async (_case, query) => {
    const { headers } = await get(near, query, { authorization: `Bearer ${admin}` });

    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('age')).toBeNull();
  });

  it.each([
    ['a list that everybody sees', '/products?first=2', 'max-age=10, public, stale-if-error=60'],
    ['what has a version to ask by', '/products/1', 'no-cache'],
    ["one's own account", '/users/me', 'no-store'],
    ['what is not there', '/products/999999', 'no-store'],
  ])('says so by REST too: %s', async (_case, path, expected) => {
    const url = `${new URL(near).origin}/api/v1${path}`;

    const { headers } = await fetch(url, { headers: { authorization: `Bearer ${admin}` } });

    expect(headers.get('cache-control')).toBe(expected);
  });

  it('is read anew for a client that says no-cache', async () => {
    await hitAt(near, ofPrice());

    const { cache } = await get(near, ofPrice(), { 'cache-control': 'no-cache' });

    expect(cache).toMatchObject({ hits: 0, age: 0 });
  });
});

describe('a change', () => {
  it('of a price is seen at once where it was made, and soon everywhere', async () => {
    for (const url of gateways) await hitAt(url, ofPrice());
    const query = 'mutation ($input: UpdateProductInput!) { updateProduct(input: $input) { __typename } }';
    const input = { id: productId, price: { amountMinor: 2_000, currency: 'EUR' } };

    await ask(near, { query, variables: { input }, token: admin });
    const own = await get(near, ofPrice());
    const others = await until(async () => {
      const { data } = await get(far, ofPrice());
      return data.product.price.amountMinor === 2_000 && data;
    });

    expect(own.data.product.price.amountMinor).toBe(2_000);
    expect(others.product.price.amountMinor).toBe(2_000);
  });

  it('of stock by an order is seen everywhere', async () => {
    for (const url of gateways) await hitAt(url, ofStock());
    const query = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { __typename } }';
    const input = { lines: [{ productId, quantity: 3 }] };

    await ask(near, { query, variables: { input }, token: account(stack, 'ada').token });

    for (const url of gateways)
      await until(async () => (await get(url, ofStock())).data.product.stock.available === 47);
  });
});
