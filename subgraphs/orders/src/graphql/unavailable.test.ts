import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openPostgres } from '@storefront/platform/postgres/open.ts';
import { until } from '@storefront/platform/testing/until.ts';
import type { FastifyInstance } from 'fastify';
import { admin, type Ask, openTestGraph, tenEuroCatalogue } from '../testing/graph.ts';
import { openTestStorage, placed, silentLog, type TestStorage } from '../testing/storage.ts';

let storage: TestStorage;
let server: FastifyInstance;
let ask: Ask;
const list = '{ orders { nodes { id } } }';

beforeAll(async () => {
  storage = await openTestStorage();
  ({ ask, server } = await openTestGraph(storage, tenEuroCatalogue));
  await placed(storage.store());
});
afterAll(async () => {
  await server.close();
  await storage.close();
});

describe('a database that cannot be used', () => {
  it('is told as unavailable when the pool is exhausted, and serves again when it is not', async () => {
    const release = Promise.withResolvers<void>();
    let taken = 0;
    const holders = Array.from({ length: 10 }, () =>
      storage.postgres.fork().transactional(async (em) => {
        await em.execute('select 1');
        taken += 1;
        await release.promise;
      }),
    );
    await until(() => taken === 10);

    const during = await ask(admin, list);
    release.resolve();
    await Promise.all(holders);
    const afterwards = await ask(admin, list);

    expect(during.errors).toMatchObject([
      { message: expect.stringContaining('Try again'), extensions: { code: 'SERVICE_UNAVAILABLE' } },
    ]);
    expect(afterwards.errors).toBeUndefined();
  });

  it('is used again, without a restart of ours, when it has ended every session', async () => {
    const { url } = storage;
    const other = await openPostgres({ url, schema: 'orders', entities: [], migrations: [], log: silentLog });
    await ask(admin, list);

    await other
      .fork()
      .execute(
        'select pg_terminate_backend(pid) from pg_stat_activity where usename = current_user and pid <> pg_backend_pid()',
      );
    await other.close();

    await until(async () => (await ask(admin, list)).errors === undefined);
  });
});
