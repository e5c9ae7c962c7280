import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testConsulUrl } from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { z } from 'zod';
import { type TestService, callerOf, startTestService } from './testing/start-test-service.ts';

let service: TestService;

beforeAll(async () => {
  service = await startTestService({ CONSUL_URL: testConsulUrl() });
});
afterAll(() => service.close());

const get = async (path: string) => {
  const response = await fetch(`${service.url}${path}`);
  return { status: response.status, body: await response.json() };
};

const catalogue = z.array(z.object({ ServicePort: z.int(), ServiceTags: z.unknown(), ServiceMeta: z.unknown() }));

async function registrationsAt(port: number) {
  const response = await fetch(`${testConsulUrl()}/v1/catalog/service/users`);
  return catalogue.parse(await response.json()).filter(({ ServicePort }) => ServicePort === port);
}

describe('the users service', () => {
  it('says that it lives, and that everything it needs is up', async () => {
    const up = { status: 'up' };

    expect(await get('/health')).toMatchObject({ status: 200, body: { status: 'ok', service: 'users' } });
    expect(await get('/ready')).toMatchObject({
      status: 200,
      body: { status: 'ready', checks: { postgres: up, rabbitmq: up, redis: up, consul: up } },
    });
  });

  it('is in the catalogue as a subgraph, with the hash of its SDL', async () => {
    expect(await registrationsAt(service.port)).toMatchObject([
      {
        ServiceTags: ['subgraph'],
        ServiceMeta: { sdlHash: expect.stringMatching(/^[0-9a-f]{16}$/), graphqlPath: '/graphql' },
      },
    ]);
  });

  it('publishes the public half of its keys, and nothing else of them', async () => {
    const { status, body } = await get('/.well-known/jwks.json');

    expect(status).toBe(200);
    expect(body).toEqual({
      keys: [{ kty: 'OKP', crv: 'Ed25519', x: expect.any(String), kid: 'access', alg: 'EdDSA', use: 'sig' }],
    });
  });

  it('refuses who has no internal token', async () => {
    const refused = await service.ask('{ me { id } }', { headers: { authorization: 'Bearer nonsense' } });

    expect(refused).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('refuses _entities without an internal token, whatever the headers say', async () => {
    const headers = { authorization: '', 'x-user-id': '1', 'x-user-scopes': 'users:read' };

    const refused = await service.ask(
      '{ _entities(representations: [{__typename: "User", id: "1"}]) { __typename } }',
      {
        headers,
      },
    );

    expect(refused.status).toBe(401);
  });

  it('knows the caller, and nobody when there is none', async () => {
    const query = '{ me { id name email role loyaltyPoints createdAt } }';

    expect(await service.ask(query)).toMatchObject({ status: 200, data: { me: null }, errors: [] });
    expect((await service.ask(query, { caller: callerOf('1') })).data).toEqual({
      me: {
        id: '1',
        name: 'Ada',
        email: 'ada@example.org',
        role: 'CUSTOMER',
        loyaltyPoints: 0,
        createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      },
    });
  });

  it('answers references with the users that exist, and null for the others', async () => {
    const query = 'query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on User { id name } } }';
    const refs = ['2', '999', 'x', '1'].map((id) => ({ __typename: 'User', id }));

    const { data, errors } = await service.ask(query, { variables: { refs } });

    expect(errors).toEqual([]);
    expect(data).toEqual({ _entities: [{ id: '2', name: 'Bob' }, null, null, { id: '1', name: 'Ada' }] });
  });

  it('leaves the catalogue and stops answering when its scope closes', async () => {
    const passing = await startTestService({ CONSUL_URL: testConsulUrl() });
    const isListed = async () => (await registrationsAt(passing.port)).length > 0;
    expect(await isListed()).toBe(true);

    await passing.close();

    await until(async () => !(await isListed()));
    await expect(fetch(`${passing.url}/health`)).rejects.toThrow();
  });
});
