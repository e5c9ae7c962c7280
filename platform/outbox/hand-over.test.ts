import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Migration } from '@mikro-orm/migrations';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { stockChanged } from '@storefront/schema/events/stock-changed.ts';
import { stockReserved } from '@storefront/schema/events/stock-reserved.ts';
import { v7 } from 'uuid';
import { BusUnavailable, UnroutableEvent } from '../bus/bus.ts';
import { createLog } from '../log/log.ts';
import { openPostgres, type Postgres } from '../postgres/open.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { confirmed } from '../testing/events.ts';
import { type TestDatabase, testDatabase } from '../testing/servers.ts';
import { until } from '../testing/until.ts';
import { appendEvents, outboxSubject } from './append-events.ts';
import { LEASE_SECONDS } from './hand-over.ts';
import { outboxTableSql } from './outbox-table.ts';
import { type RelayDeps, startRelay } from './relay.ts';

class Outbox extends Migration {
  static readonly migrationName = '001-outbox';
  override up(): void {
    this.addSql(outboxTableSql('orders'));
  }
}

const log = createLog({ service: 'test', level: 'silent' });
let database: TestDatabase;
let postgres: Postgres;

beforeAll(async () => {
  database = await testDatabase({ schema: 'orders' });
  postgres = await openPostgres({ url: database.url, schema: 'orders', entities: [], migrations: [Outbox], log });
  await postgres.migrate();
});
afterAll(async () => {
  await postgres.close();
  await database.everySessionEnded();
  await database.drop();
});
beforeEach(async () => {
  await postgres.fork().execute('truncate outbox');
});

/** A relay that looks by itself once a minute, on a bus in the test's hands. */
async function openRelay(refuse: (event: DomainEvent) => Error | null = () => null, pollMs = 60_000) {
  const published: string[] = [];
  let isBack = () => {};
  const bus: RelayDeps['bus'] = {
    onBack: (listener) => {
      isBack = listener;
      return () => undefined;
    },
    publish: async (event) => {
      const fault = refuse(event);
      if (fault) throw fault;
      published.push(event.id);
    },
  };
  const relay = await startRelay({ postgres, bus, metrics: createMetrics('test'), log }, { schema: 'orders', pollMs });
  return { relay, published, isBack: () => isBack() };
}

/** Commits events with the lease of whoever hands them over. */
async function write(events: readonly DomainEvent[]): Promise<void> {
  for (const event of events) {
    await postgres.fork().execute(
      `insert into outbox (id, exchange, type, subject, event, not_before)
       values (?, 'orders', ?, ?, ?::jsonb, now() + make_interval(secs => ?))`,
      [event.id, event.type, outboxSubject(event), JSON.stringify(event), LEASE_SECONDS],
    );
  }
}

const pending = () => postgres.fork().execute<{ id: string }[]>('select id from outbox where published_at is null');

describe('an event that is handed over', () => {
  it('is sent and written down without anybody looking for it', async () => {
    const { relay, published } = await openRelay();
    const events = ['1', '2', '3'].map(confirmed);
    await write(events);

    relay.handOver(events);
    await until(async () => (await pending()).length === 0);

    await relay.close();
    expect(published).toEqual(events.map(({ id }) => id));
  });

  it('waits in the outbox while the broker is away, and is sent when it is back', async () => {
    let isAway = true;
    const { relay, published, isBack } = await openRelay(() => (isAway ? new BusUnavailable('down') : null));
    const events = ['1', '2'].map(confirmed);
    await write(events);

    relay.handOver(events);
    const free = 'select id from outbox where not_before is null and published_at is null';
    await until(async () => (await postgres.fork().execute<unknown[]>(free)).length === 2);
    isAway = false;
    isBack();
    await until(async () => (await pending()).length === 0);

    await relay.close();
    expect(published.toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  });

  it('stays pending while no queue takes it, and the others go', async () => {
    let isBound = false;
    const lost = confirmed('lost');
    const { relay, published } = await openRelay(
      ({ id }) => (id === lost.id && !isBound ? new UnroutableEvent('nobody') : null),
      50,
    );
    const other = confirmed('other');
    await write([lost, other]);

    relay.handOver([lost, other]);
    await until(async () => (await pending()).length === 1);
    const left = await pending();
    isBound = true;
    await until(async () => (await pending()).length === 0, { timeoutMs: 10_000 });

    await relay.close();
    expect(left).toEqual([{ id: lost.id }]);
    expect(published).toEqual([other.id, lost.id]);
  });

  it('is sent before the relay closes', async () => {
    const { relay, published } = await openRelay();
    const events = ['1', '2'].map(confirmed);
    await write(events);

    relay.handOver(events);
    await relay.close();

    expect(published).toHaveLength(2);
    expect(await pending()).toEqual([]);
  });

  it('keeps the events of its own subject waiting, and not those of an order with the same number', async () => {
    const facts = { source: 'products', subject: '7', time: new Date(), audience: [] };
    const changed = stockChanged.create({ ...facts, id: v7(), data: { productId: '7' } });
    const [again, reserved] = [
      stockChanged.create({ ...facts, id: v7(), data: { productId: '7' } }),
      stockReserved.create({ ...facts, id: v7(), data: { orderId: '7' } }),
    ];
    await write([changed]);
    await postgres.fork().transactional((em) => appendEvents(em, [again, reserved]));

    const { relay, published } = await openRelay(() => null, 50);
    await until(() => published.length > 0);
    await relay.close();

    expect(published).toEqual([reserved.id]);
    expect(await pending()).toHaveLength(2);
  });
});
