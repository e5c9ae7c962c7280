import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { anonymous, readCaller } from '@storefront/platform/identity/caller.ts';
import { createInternalTokens, type InternalTokenRequest } from '@storefront/platform/identity/internal-tokens.ts';
import { generateSigningKey } from '@storefront/platform/identity/keys.ts';
import type { JWK } from 'jose';
import { account, sharedStack } from '../testing/stack.ts';

const stack = sharedStack();
const names = ['users', 'products', 'orders'] as const;
type Name = (typeof names)[number];
const others: Readonly<Record<Name, Name>> = { users: 'orders', products: 'users', orders: 'products' };
const admin = readCaller('3', 'users:read orders:read stock:read');
const claimed = {
  'x-user-id': '1',
  'x-user-role': 'ADMIN',
  'x-user-scopes': 'users:read',
  'x-forwarded-user': 'admin',
};

const anEntity: Readonly<Record<Name, string>> = {
  users: '{ _entities(representations: [{ __typename: "User", id: "1" }]) { ... on User { email } } }',
  products: '{ _entities(representations: [{ __typename: "Product", id: "1" }]) { ... on Product { id } } }',
  orders:
    '{ _entities(representations: [{ __typename: "User", id: "1" }]) { ... on User { orders { nodes { id } } } } }',
};
const queries = {
  '{ __typename }': () => '{ __typename }',
  _entities: (name: Name) => anEntity[name],
  _service: () => '{ _service { sdl } }',
};

interface Keys {
  readonly gatewaySigningKey: JWK;
  readonly ordersSigningKey: JWK;
}
let keys: Keys;

beforeAll(() => {
  keys = JSON.parse(readFileSync(join(stack.state, 'secrets.json'), 'utf8')) as Keys;
});

async function mint(by: JWK, request: InternalTokenRequest, minutesAgo = 0): Promise<string> {
  const now = () => new Date(Date.now() - minutesAgo * 60_000);
  const tokens = createInternalTokens({ signingKey: by, issuer: by.kid ?? '', clock: { now } });
  return `Bearer ${await tokens.mint(request)}`;
}

async function post(name: Name, query: string, headers: Record<string, string>) {
  const response = await fetch(`${stack.services[name]}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, text: await response.text() };
}

const asQuery = (audience: string): InternalTokenRequest => ({ audience, caller: admin, purpose: 'query' });

/** What is no way in, by what is wrong with it. */
const strangers: Readonly<Record<string, (name: Name) => Promise<Record<string, string>> | Record<string, string>>> = {
  'who brings no token': () => ({}),
  'who only claims to be somebody in headers': () => claimed,
  'with an access token': () => ({ authorization: `Bearer ${account(stack, 'admin').token}`, ...claimed }),
  'with a token for another subgraph': async (name) => ({
    authorization: await mint(keys.gatewaySigningKey, asQuery(others[name])),
  }),
  'with a token that has expired': async (name) => ({
    authorization: await mint(keys.gatewaySigningKey, asQuery(name), 2),
  }),
  'who signs with another key under the name of the gateway': async (name) => ({
    authorization: await mint(await generateSigningKey('gateway'), asQuery(name)),
  }),
  'who is a service and speaks for a caller': async (name) => ({
    authorization: await mint(keys.ordersSigningKey, asQuery(name)),
  }),
};

describe.each(names)('%s', (name) => {
  it.each(Object.keys(strangers))('refuses everything to somebody %s', async (who) => {
    const headers = (await strangers[who]?.(name)) ?? {};

    for (const query of Object.values(queries)) {
      const { status, text } = await post(name, query(name), headers);
      expect([status, text]).toEqual([401, expect.stringContaining('UNAUTHENTICATED')]);
    }
  });

  it('answers the gateway, and believes the token, not the headers', async () => {
    const authorization = await mint(keys.gatewaySigningKey, { audience: name, caller: anonymous, purpose: 'query' });

    const { status, text } = await post(name, anEntity[name], { authorization, ...claimed });

    expect(status).toBe(200);
    expect(text.includes('FORBIDDEN')).toBe(name !== 'products');
  });

  it('gives its SDL to the composer alone, and the composer nothing else', async () => {
    const compose = await mint(keys.gatewaySigningKey, { audience: name, caller: anonymous, purpose: 'compose' });
    const query = await mint(keys.gatewaySigningKey, asQuery(name));

    expect(await post(name, queries._service(), { authorization: compose })).toMatchObject({ status: 200 });
    expect(await post(name, queries._service(), { authorization: query })).toMatchObject({ status: 403 });
    expect(await post(name, anEntity[name], { authorization: compose })).toMatchObject({ status: 403 });
    expect(await post(name, '{ __typename _service { sdl } }', { authorization: compose })).toMatchObject({
      status: 403,
    });
  });

  it('brings events only with a token for events, which asks nothing else', async () => {
    const event = await mint(keys.gatewaySigningKey, { ...asQuery(name), purpose: 'event' });

    expect(await post(name, anEntity[name], { authorization: event })).toMatchObject({ status: 403 });
  });
});

describe('what a client says of itself', () => {
  it('in headers that look like ours does not come past the gateway', async () => {
    const response = await fetch(stack.gateway.graphql, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...claimed },
      body: '{"query":"{ me { id } user(id: 1) { email } }"}',
    });

    expect(await response.json()).toMatchObject({
      data: { me: null, user: { email: null } },
      errors: [{ extensions: { code: 'FORBIDDEN' } }],
    });
  });
});
