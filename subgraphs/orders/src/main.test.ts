import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testConsulUrl } from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { anonymous } from './testing/graph.ts';
import { startTestService, type TestService } from './testing/service.ts';

let service: TestService;

beforeAll(async () => {
  service = await startTestService({ LOCAL_STACK: 'true' });
}, 20_000);
afterAll(() => service.close(), 20_000);

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
    [
      'what curl sends',
      '{"userId":2,"message":"hi"}',
      { 'content-type': 'application/x-www-form-urlencoded' },
      { userId: '2', message: 'hi' },
    ],
  ])('sends a test event for %s', async (_what, body, headers, data) => {
    const response = await fetch(`${service.url}/test/publish`, {
      method: 'POST',
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const answer = (await response.json()) as { id: string };

    expect([response.status, answer]).toEqual([
      202,
      { published: true, id: expect.any(String), type: 'test.published' },
    ]);
    await until(() => service.published.some(({ id }) => id === answer.id));
    expect(service.published.find(({ id }) => id === answer.id)).toMatchObject({ data, audience: [data.userId] });
  });

  it.each(['{', '{"userId":"somebody"}', '[1]'])('refuses a test event for %s', async (body) => {
    const response = await fetch(`${service.url}/test/publish`, { method: 'POST', body });

    expect(response.status).toBe(400);
    await expect(response.json()).resolves.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('is in Consul while it runs, and leaves when it stops', async () => {
    const { port } = new URL(service.url);
    const registered = async () => {
      const response = await fetch(new URL('/v1/agent/services', testConsulUrl()));
      const services = (await response.json()) as Record<string, { Tags: string[]; Meta: Record<string, string> }>;
      return services[`orders-127.0.0.1-${port}`];
    };
    const during = await registered();

    await service.stop();

    expect(during).toMatchObject({
      Tags: ['subgraph'],
      Meta: { sdlHash: expect.stringMatching(/^[0-9a-f]{16}$/), graphqlPath: '/graphql' },
    });
    await expect(registered()).resolves.toBeUndefined();
    await expect(fetch(`${service.url}/health`)).rejects.toThrow('fetch failed');
  });
});
