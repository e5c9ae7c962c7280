import { afterEach, describe, expect, it } from '@jest/globals';
import { createLog } from '@storefront/platform/log/log.ts';
import { openScope } from '@storefront/platform/process/run.ts';
import { openPostgres } from '@storefront/platform/postgres/open.ts';
import { rabbitManagement, testConsulUrl } from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { z } from 'zod';
import { readProductsConfig } from './config.ts';
import { startProducts } from './main.ts';
import type { TestService } from './testing/service.ts';
import { startTestService } from './testing/service.ts';

let service: TestService | undefined;
afterEach(async () => {
  await service?.close();
  service = undefined;
});

interface CatalogEntry {
  readonly Service: { readonly Port: number; readonly Tags: string[]; readonly Meta: Record<string, string> };
}

const registrations = async (port: number): Promise<CatalogEntry[]> => {
  const response = await fetch(`${testConsulUrl()}/v1/health/service/products`);
  const entries = (await response.json()) as CatalogEntry[];
  return entries.filter((entry) => entry.Service.Port === port);
};

describe('a products service', () => {
  it('is alive and ready, and tells the state of each server it needs', async () => {
    service = await startTestService({ consulUrl: testConsulUrl() });

    const health = await fetch(`${service.url}/health`);
    const ready = await fetch(`${service.url}/ready`);

    expect(health.status).toBe(200);
    await expect(health.json()).resolves.toMatchObject({ status: 'ok', service: 'products' });
    await expect(ready.json()).resolves.toMatchObject({
      status: 'ready',
      checks: { postgres: { status: 'up' }, rabbitmq: { status: 'up' }, consul: { status: 'up' } },
    });
  });

  it('can be found in Consul until it stops, with the hash of its SDL, and then answers no more', async () => {
    service = await startTestService({ consulUrl: testConsulUrl() });
    const port = Number(new URL(service.url).port);

    const whileRunning = await registrations(port);
    await service.stop();
    const afterwards = await registrations(port);

    expect(whileRunning).toMatchObject([{ Service: { Tags: ['subgraph'] } }]);
    expect(whileRunning[0]?.Service.Meta).toEqual({
      sdlHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      graphqlPath: '/graphql',
      batchPath: '/graphql/batch',
    });
    expect(afterwards).toEqual([]);
    await expect(fetch(`${service.url}/health`)).rejects.toThrow('fetch failed');
  });

  it('gives back every connection when it stops', async () => {
    service = await startTestService();
    const log = createLog({ service: 'test', level: 'silent' });
    const admin = await openPostgres({
      url: service.adminDatabaseUrl,
      schema: 'products',
      entities: [],
      migrations: [],
      log,
    });
    const toPostgres = () =>
      admin
        .fork()
        .execute<unknown[]>(
          'select from pg_stat_activity where datname = current_database() and usename <> current_user',
        );
    const toRabbit = async () =>
      z.array(z.unknown()).parse(await rabbitManagement('GET', `/api/vhosts/${service?.vhost}/connections`));
    await until(async () => (await toRabbit()).length === 1 && (await toPostgres()).length > 0);

    await service.stop();

    await until(async () => (await toRabbit()).length === 0 && (await toPostgres()).length === 0);
    await admin.close();
  });

  it('is ready without Consul, and says in readiness that it is away', async () => {
    service = await startTestService();

    const answer = await service.ask({ query: '{ product(id: "1") { name } }' });
    const ready = await fetch(`${service.url}/ready`);

    expect(answer.data).toEqual({ product: { name: 'Enamel Mug' } });
    expect(ready.status).toBe(200);
    await expect(ready.json()).resolves.toMatchObject({ status: 'ready', checks: { consul: { status: 'down' } } });
  });

  it('gives its SDL to the composer alone', async () => {
    service = await startTestService();
    const ask = async (purpose: 'query' | 'compose') => {
      const headers = {
        authorization: `Bearer ${await service?.mint({ purpose })}`,
        'content-type': 'application/json',
      };
      const body = JSON.stringify({ query: '{ _service { sdl } }' });
      return fetch(`${service?.url}/graphql`, { method: 'POST', headers, body });
    };

    const composer = await ask('compose');
    const anybody = await ask('query');

    await expect(composer.json()).resolves.toMatchObject({
      data: { _service: { sdl: expect.stringContaining('type Product') } },
    });
    expect(anybody.status).toBe(403);
  });
});

describe('starting', () => {
  const environment = {
    DATABASE_URL: 'postgres://shop:secret@127.0.0.1:1/none',
    RABBITMQ_URL: 'amqp://127.0.0.1:1',
    INTERNAL_JWKS:
      '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"gateway","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}',
  };

  it('fails with the place and without the password when the database cannot be reached', async () => {
    const scope = openScope('products', createLog({ service: 'products', level: 'silent' }));

    const start = startProducts(readProductsConfig(environment), scope);

    await expect(start).rejects.toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(/^(?!.*secret).*127\.0\.0\.1:1/s),
    });
    await scope.close();
  });

  it('names every variable that is missing or wrong at once', () => {
    const read = () => readProductsConfig({ SERVICE_PORT: 'http', RABBITMQ_URL: 'redis://localhost' });

    expect(read).toThrow(/SERVICE_PORT[^]*DATABASE_URL|DATABASE_URL[^]*SERVICE_PORT/);
    expect(read).toThrow(/RABBITMQ_URL/);
    expect(read).toThrow(/INTERNAL_JWKS/);
  });
});
