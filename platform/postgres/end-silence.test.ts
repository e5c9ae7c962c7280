import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isUnavailable } from '../errors/unavailable.ts';
import { createLog } from '../log/log.ts';
import { type TestDatabase, testDatabase } from '../testing/servers.ts';
import { openTunnel } from '../testing/tunnel.ts';
import { openPostgres } from './open.ts';

const log = createLog({ service: 'test', level: 'silent' });
let database: TestDatabase;

beforeAll(async () => {
  database = await testDatabase({ schema: 'orders' });
});
afterAll(() => database.drop());

describe('a server that falls silent', () => {
  it('is taken for gone, and the next statement goes over another connection', async () => {
    const tunnel = await openTunnel(new URL(database.url));
    const options = { url: tunnel.url, schema: 'orders', entities: [], migrations: [], log };
    const postgres = await openPostgres({ ...options, statementTimeoutMs: 200, poolSize: 1 });
    await postgres.ping();

    tunnel.swallow();
    const fault = await postgres.ping().then(
      () => null,
      (error: unknown) => error,
    );
    tunnel.open();

    expect(isUnavailable(fault)).toBe(true);
    await postgres.ping();
    await postgres.close();
    tunnel.close();
    await database.everySessionEnded();
  }, 20_000);

  it('does not keep a listener from closing', async () => {
    const tunnel = await openTunnel(new URL(database.url));
    const postgres = await openPostgres({ url: tunnel.url, schema: 'orders', entities: [], migrations: [], log });
    const listener = await postgres.listen('orders_outbox', () => undefined);

    tunnel.swallow();
    await listener.close();

    await postgres.close();
    tunnel.close();
  }, 20_000);
});
