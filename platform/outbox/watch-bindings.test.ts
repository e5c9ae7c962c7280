import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Migration } from '@mikro-orm/migrations';
import { type Bus, openBus } from '../bus/bus.ts';
import { createLog } from '../log/log.ts';
import { openPostgres, type Postgres } from '../postgres/open.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { confirmed } from '../testing/events.ts';
import { rabbitManagement, type TestDatabase, testDatabase, type TestVhost, testVhost } from '../testing/servers.ts';
import { until } from '../testing/until.ts';
import { appendEvents } from './append-events.ts';
import { outboxTableSql } from './outbox-table.ts';
import { startRelay } from './relay.ts';
import { startBindingWatch } from './watch-bindings.ts';

class Outbox extends Migration {
  static readonly migrationName = '001-outbox';
  override up(): void {
    this.addSql(outboxTableSql('orders'));
  }
}

const log = createLog({ service: 'test', level: 'silent' });
const bindings = [{ exchange: 'orders', routingKeys: ['order.confirmed'] }];
const queues = ['one', 'two'].map((queue) => ({ queue, bindings }));
let database: TestDatabase;
let vhost: TestVhost;
let postgres: Postgres;
let bus: Bus;

beforeAll(async () => {
  [database, vhost] = await Promise.all([testDatabase({ schema: 'orders' }), testVhost()]);
  postgres = await openPostgres({ url: database.url, schema: 'orders', entities: [], migrations: [Outbox], log });
  await postgres.migrate();
  bus = await openBus({ url: vhost.url, log, name: 'watch-test' });
  await bus.declare(queues);
});
afterAll(async () => {
  await bus.close();
  await postgres.close();
  await database.everySessionEnded();
  await Promise.all([database.drop(), vhost.drop()]);
});

beforeEach(async () => {
  await postgres.fork().execute('truncate outbox');
});

describe('a binding that somebody takes off while others stay', () => {
  it('is told, put back, and what its queue has missed is sent again', async () => {
    const metrics = createMetrics('bindings');
    const heard: string[] = [];
    await bus.consume({ queue: 'two', bindings, handle: async ({ id }) => void heard.push(id) });
    const relay = await startRelay({ postgres, bus, metrics, log }, { schema: 'orders', pollMs: 50 });
    const managementUrl = process.env['TEST_RABBITMQ_MANAGEMENT_URL'];
    const options = { managementUrl, brokerUrl: vhost.url, exchange: 'orders', queues, everyMs: 60_000 };
    const watch = startBindingWatch({ bus, postgres, metrics, log }, options);
    const path = `/api/bindings/${vhost.vhost}/e/orders/q/two/order.confirmed`;
    const isAlarmed = async () => (await metrics.text()).includes('outbox_alarm{cause="binding",service="bindings"} 1');
    const event = confirmed();
    await bus.publish(confirmed(), 'orders'); // the channel of the publisher is open, and has declared everything
    await until(() => heard.length === 1);

    await rabbitManagement('DELETE', path);
    await postgres.fork().transactional((em) => appendEvents(em, [event]));
    await until(
      async () => (await postgres.fork().execute('select from outbox where published_at is null')).length === 0,
    );
    const hasMissed = !heard.includes(event.id);
    await watch?.sweepNow();
    const alarmed = await isAlarmed();
    await until(() => heard.includes(event.id));
    await watch?.sweepNow();

    await Promise.all([relay.close(), watch?.close()]);
    expect([hasMissed, alarmed, await isAlarmed()]).toEqual([true, true, false]);
  }, 30_000);
});

describe('an event that was on its way when the binding was put back', () => {
  it('is sent again too', async () => {
    const metrics = createMetrics('bindings');
    const managementUrl = process.env['TEST_RABBITMQ_MANAGEMENT_URL'];
    const options = { managementUrl, brokerUrl: vhost.url, exchange: 'orders', queues, everyMs: 60_000 };
    const watch = startBindingWatch({ bus, postgres, metrics, log }, options);
    const event = confirmed();
    await postgres.fork().transactional((em) => appendEvents(em, [event]));
    await rabbitManagement('DELETE', `/api/bindings/${vhost.vhost}/e/orders/q/two/order.confirmed`);
    await bus.publish(event, 'orders');

    await watch?.sweepNow();
    await postgres.fork().execute('update outbox set published_at = now(), attempts = 1 where id = ?', [event.id]);
    await watch?.sweepNow();

    const waiting = await postgres.fork().execute('select id from outbox where published_at is null');
    await watch?.close();
    expect(waiting).toEqual([{ id: event.id }]);
  }, 30_000);
});

describe('without the management API', () => {
  it('there is nothing to watch', () => {
    const options = { managementUrl: undefined, brokerUrl: vhost.url, exchange: 'orders', queues };

    expect(startBindingWatch({ bus, postgres, metrics: createMetrics('none'), log }, options)).toBeNull();
  });
});
