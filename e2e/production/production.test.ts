import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { anonymous } from '@storefront/platform/identity/caller.ts';
import { createInternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import type { JWK } from 'jose';
import { sharedStack } from '../testing/stack.ts';
import { type ProductionService, startInProduction } from './production-service.ts';

const stack = sharedStack();
const names = ['users', 'products', 'orders'] as const;

const post = (url: string, query: string, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });

describe('a gateway in production', () => {
  let gateway: ProductionService;
  beforeAll(async () => {
    gateway = await startInProduction(stack, 'gateway');
  }, 90_000);
  afterAll(() => gateway.close());

  it('answers, and tells browsers to come by TLS alone', async () => {
    const answer = await post(`${gateway.url}/graphql`, '{ products(first: 1) { nodes { name } } }');

    expect(answer.status).toBe(200);
    expect(await answer.json()).toHaveProperty('data.products.nodes.0.name');
    expect(answer.headers.get('strict-transport-security')).toContain('max-age=');
  });

  it.each(['{ __schema { queryType { name } } }', '{ __type(name: "User") { name } }'])(
    'does not show its schema: %s',
    async (query) => {
      const answer = await post(`${gateway.url}/graphql`, query);

      expect(answer.status).toBe(400);
      expect(await answer.json()).not.toHaveProperty('data');
    },
  );

  it('gives no hint to who misspells a field', async () => {
    const answer = await post(`${gateway.url}/graphql`, '{ product(id: 1) { nam } }');

    expect(answer.status).toBe(400);
    expect(await answer.text()).not.toContain('Did you mean');
  });

  it.each(['/', '/ide', '/api/docs', '/graphql'])('shows no page at %s', async (path) => {
    const answer = await fetch(`${gateway.url}${path}`, { headers: { accept: 'text/html' } });

    expect(answer.headers.get('content-type')).not.toContain('html');
  });

  it('lets no page of another origin read its answers', async () => {
    const answer = await post(`${gateway.url}/graphql`, '{ __typename }', { origin: 'http://localhost:5173' });

    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('names no subgraph and no address where it says how it is, and none in a fault', async () => {
    const ready = await (await fetch(`${gateway.url}/ready`)).text();
    const fault = await (
      await post(`${gateway.url}/graphql`, '{ products(after: "nonsense") { nodes { id } } }')
    ).text();

    expect(ready).not.toMatch(/products|sdlHash|127\.0\.0\.1/);
    expect(fault).toContain('BAD_USER_INPUT');
    expect(fault).not.toMatch(/stacktrace|serviceName|node_modules|\.ts:/);
  });

  it('refuses a token that was forged', async () => {
    const answer = await post(`${gateway.url}/graphql`, '{ me { id } }', { authorization: 'Bearer a.b.c' });

    expect(answer.status).toBe(401);
  });
});

describe('subgraphs in production', () => {
  let running: readonly ProductionService[] = [];
  let authorization: (name: string) => Promise<string>;
  beforeAll(async () => {
    running = await Promise.all(names.map((name) => startInProduction(stack, name)));
    const secrets = readFileSync(join(stack.state, 'secrets.json'), 'utf8');
    const { gatewaySigningKey } = JSON.parse(secrets) as { gatewaySigningKey: JWK };
    const tokens = createInternalTokens({ signingKey: gatewaySigningKey, issuer: 'gateway' });
    authorization = async (audience) =>
      `Bearer ${await tokens.mint({ audience, caller: anonymous, purpose: 'query' })}`;
  }, 90_000);
  afterAll(() => Promise.all(running.map((service) => service.close())));

  it.each(names)('%s answers the gateway and shows it no schema', async (name) => {
    const { url = '' } = running[names.indexOf(name)] ?? {};
    const headers = { authorization: await authorization(name) };

    const answers = await Promise.all(
      ['{ __typename }', '{ __schema { queryType { name } } }', '{ __type(name: "Query") { name } }'].map((query) =>
        post(`${url}/graphql`, query, headers),
      ),
    );

    expect(answers.map(({ status }) => status)).toEqual([200, 400, 400]);
  });

  it('orders publishes nothing for who only tries', async () => {
    const { url = '' } = running[names.indexOf('orders')] ?? {};

    expect((await fetch(`${url}/test/publish`, { method: 'POST' })).status).toBe(404);
  });
});
