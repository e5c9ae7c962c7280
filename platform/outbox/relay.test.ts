import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Migration } from '@mikro-orm/migrations';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { type Bus, BusUnavailable, openBus } from '../bus/bus.ts';
import { createLog } from '../log/log.ts';
import { openPostgres, type Postgres } from '../postgres/open.ts';
import { createMetrics, type Metrics } from '../telemetry/metrics.ts';
import { confirmed } from '../testing/events.ts';
import { closeConnections, type TestDatabase, testDatabase, type TestVhost, testVhost } from '../testing/servers.ts';
import { until } from '../testing/until.ts';
import { startPruning } from '../postgres/prune.ts';
import { appendEvents, appendEventsAgain } from './append-events.ts';
import { defineOutbox } from './outbox-message.ts';
import { outboxAgeIndexSql, outboxPruning, outboxTableSql } from './outbox-table.ts';
import { type RelayDeps, startRelay } from './relay.ts';

class Outbox extends Migration {
  static readonly migrationName = '001-outbox';
  override up(): void {
    this.addSql(outboxTableSql('orders'));
    this.addSql(outboxAgeIndexSql('orders'));
  }
}

const log = createLog({ service: 'test', level: 'silent' });
const metrics = createMetrics('test');
type RelayBus = RelayDeps['bus'];
const silent = () => () => undefined;
const OutboxMessage = defineOutbox('orders');
let database: TestDatabase;
let vhost: TestVhost;
let postgres: Postgres;
let bus: Bus;

beforeAll(async () => {
  [database, vhost] = await Promise.all([testDatabase({ schema: 'orders' }), testVhost()]);
  postgres = await openPostgres({
    url: database.url,
    schema: 'orders',
    entities: [OutboxMessage],
    migrations: [Outbox],
    log,
  });
  await postgres.migrate();
  bus = await openBus({ url: vhost.url, log, name: 'relay-test' });
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

describe('the relay', () => {
  it('loses nothing and keeps the order of each subject with two relays at work', async () => {
    const published: DomainEvent[] = [];
    const countByRelay = [0, 0];
    const received = new Set<string>();
    const consumer = await bus.consume(recordingConsumer('two-relays', 'orders', received));
    const events = Array.from({ length: 500 }, (_, index) => confirmed(`subject-${index % 20}`));
    const relays = await Promise.all(
      countByRelay.map((_, relay) => {
        const remembering: RelayBus = {
          onBack: bus.onBack,
          publish: async (event, exchange) => {
            await bus.publish(event, exchange);
            published.push(event);
            countByRelay[relay] = (countByRelay[relay] ?? 0) + 1;
          },
        };
        return startRelay({ postgres, bus: remembering, metrics, log }, { schema: 'orders', batchSize: 15 });
      }),
    );

    for (let start = 0; start < events.length; start += 50) await append(events.slice(start, start + 50));
    await until(() => received.size === events.length, { timeoutMs: 60_000 });

    await Promise.all([...relays, consumer].map((part) => part.close()));
    expect(idsBySubject(published)).toEqual(idsBySubject(events));
    expect(Math.min(...countByRelay)).toBeGreaterThan(0);
    expect(await pendingRows()).toBe(0);
  }, 90_000);

  it('loses nothing when the broker drops the connection at work', async () => {
    const received = new Set<string>();
    const consumer = await bus.consume(recordingConsumer('dropped', 'orders', received));
    const events = Array.from({ length: 200 }, (_, index) => confirmed(`subject-${index % 20}`));
    const relay = await startRelay({ postgres, bus, metrics, log }, { schema: 'orders', pollMs: 50, batchSize: 7 });

    await append(events.slice(0, 100));
    await closeConnections(vhost);
    await append(events.slice(100));
    await until(() => received.size === events.length, { timeoutMs: 60_000 });
    await until(() => relay.stats().pending === 0);

    await Promise.all([relay.close(), consumer.close()]);
    expect(idsOf(received)).toEqual(idsOf(events.map(({ id }) => id)));
  }, 90_000);

  it('publishes nothing of a transaction that rolls back', async () => {
    const published: DomainEvent[] = [];
    const relay = await startRelay({ postgres, bus: recordingBus(published), metrics, log }, { schema: 'orders' });
    const lost = confirmed('1');
    const kept = confirmed('1');

    await expect(
      postgres.fork().transactional(async (em) => {
        await appendEvents(em, [lost]);
        throw new Error('the order was refused');
      }),
    ).rejects.toThrow('the order was refused');
    await append([kept]);
    await until(() => published.length > 0);

    await relay.close();
    expect(published.map(({ id }) => id)).toEqual([kept.id]);
  });

  it('is woken by a commit long before its next look', async () => {
    const published: DomainEvent[] = [];
    const relay = await startRelay(
      { postgres, bus: recordingBus(published), metrics, log },
      { schema: 'orders', pollMs: 60_000 },
    );

    await append([confirmed('1')]);
    await until(() => published.length === 1, { timeoutMs: 20_000 });

    await relay.close();
    expect(await pendingRows()).toBe(0);
  });

  it('keeps everything while the broker is away, reports the backlog, and sends it when the broker is back', async () => {
    const published: DomainEvent[] = [];
    let isUp = false;
    const failing: RelayBus = {
      onBack: silent,
      publish: async (event) => {
        if (!isUp) throw new BusUnavailable('down');
        published.push(event);
      },
    };
    const relay = await startRelay({ postgres, bus: failing, metrics, log }, { schema: 'orders', pollMs: 50 });
    const events = ['1', '2', '1', '3', '1'].map((subject) => confirmed(subject));

    await append(events);
    await until(() => relay.stats().pending === events.length);
    const { oldestAgeMs } = await until(() => relay.stats().oldestAgeMs > 300 && relay.stats());
    isUp = true;
    await until(() => relay.stats().pending === 0, { timeoutMs: 10_000 });

    await relay.close();
    expect(oldestAgeMs).toBeLessThan(60_000);
    expect(idsBySubject(published)).toEqual(idsBySubject(events));
  });

  it('lets an event without a queue hold up its own subject alone, until its queue is there', async () => {
    const published: string[] = [];
    const remembering: RelayBus = {
      onBack: silent,
      publish: async (event, exchange) => {
        await bus.publish(event, exchange);
        published.push(event.id);
      },
    };
    const relay = await startRelay({ postgres, bus: remembering, metrics, log }, { schema: 'orders', pollMs: 50 });
    const received = new Set<string>();
    const unbound = confirmed('1');
    const behind = confirmed('1');
    const other = confirmed('2');
    const orders = await bus.consume(recordingConsumer('elsewhere', 'orders', received));

    await postgres.fork().transactional(async (em) => {
      await appendEvents(em, [unbound, behind, other]);
      await em.execute('update outbox set exchange = ? where id = ?', ['nowhere', unbound.id]);
    });
    await until(() => published.includes(other.id));
    const before = [...published];
    const nowhere = await bus.consume(recordingConsumer('nowhere', 'nowhere', received));
    await until(() => received.has(behind.id), { timeoutMs: 10_000 });

    await relay.close();
    await Promise.all([orders.close(), nowhere.close()]);
    expect(before).toEqual([other.id]);
    expect(published).toEqual([other.id, unbound.id, behind.id]);
  });

  it('writes down what it has sent as soon as the database lets it, so that nothing is sent twice', async () => {
    const published: DomainEvent[] = [];
    let refusals = 0;
    const fork = () => {
      const em = postgres.fork();
      const execute = em.execute.bind(em);
      const refuseThrice = async (sql: string, values?: unknown[], method?: 'run'): Promise<unknown> => {
        if (sql.trimStart().startsWith('update outbox') && refusals < 3) {
          refusals += 1;
          throw new Error('timeout exceeded when trying to connect');
        }
        return execute(sql, values, method);
      };
      return Object.assign(em, { execute: refuseThrice as typeof execute });
    };
    const relay = await startRelay(
      { postgres: { fork, listen: postgres.listen }, bus: recordingBus(published), metrics, log },
      { schema: 'orders', pollMs: 20 },
    );

    await append([confirmed('1'), confirmed('1')]);
    await until(async () => (await pendingRows()) === 0);

    await relay.close();
    expect(refusals).toBe(3);
    expect(published).toHaveLength(2);
  });

  it('takes over what a relay left behind when its lease has run out', async () => {
    const published: DomainEvent[] = [];
    const event = confirmed('1');
    await append([event]);
    await postgres.fork().execute("update outbox set not_before = now() + interval '300 ms'");

    const relay = await startRelay(
      { postgres, bus: recordingBus(published), metrics, log },
      { schema: 'orders', pollMs: 20 },
    );
    await until(() => relay.stats().pending === 1);
    const early = published.length;
    await until(() => published.length === 1);

    await relay.close();
    expect(early).toBe(0);
  });
});

describe('the measures of an outbox', () => {
  const alarm = (measures: Metrics) => async (cause: string) =>
    (await measures.text()).includes(`outbox_alarm{cause="${cause}",service="alarms"} 1`);

  it('raise an alarm for an event that no queue takes, until one does', async () => {
    const measures = createMetrics('alarms');
    const relay = await startRelay({ postgres, bus, metrics: measures, log }, { schema: 'orders', pollMs: 20 });
    const event = confirmed('1');

    await postgres.fork().transactional(async (em) => {
      await appendEvents(em, [event]);
      await em.execute("update outbox set exchange = 'unheard'");
    });
    await until(() => alarm(measures)('unroutable'));
    const pendingMeanwhile = await pendingRows();
    const received = new Set<string>();
    const consumer = await bus.consume(recordingConsumer('unheard', 'unheard', received));
    await until(() => received.has(event.id), { timeoutMs: 10_000 });
    await until(async () => !(await alarm(measures)('unroutable')));

    await Promise.all([relay.close(), consumer.close()]);
    expect(pendingMeanwhile).toBe(1);
  });

  it('raise an alarm for a backlog that is older than ten seconds', async () => {
    const measures = createMetrics('alarms');
    let isUp = false;
    const failing: RelayBus = {
      onBack: silent,
      publish: async () => {
        if (!isUp) throw new BusUnavailable('down');
      },
    };
    await append([confirmed('1')]);
    await postgres.fork().execute("update outbox set created_at = now() - interval '11 s'");

    const relay = await startRelay(
      { postgres, bus: failing, metrics: measures, log },
      { schema: 'orders', pollMs: 20 },
    );
    await until(() => alarm(measures)('backlog'));
    const text = await measures.text();
    isUp = true;
    await until(async () => !(await alarm(measures)('backlog')));

    await relay.close();
    expect(text).toMatch(/outbox_oldest_pending_seconds{service="alarms"} 1[12]/);
    expect(await measures.text()).toContain('outbox_published_events_total{service="alarms"} 1');
  });
});

describe('a broker that is back', () => {
  it('gets what waits at once, however long the pause still was', async () => {
    const published: DomainEvent[] = [];
    let tries = 0;
    let tell = () => {};
    const failing: RelayBus = {
      onBack: (listener) => {
        tell = listener;
        return () => undefined;
      },
      publish: async (event) => {
        tries += 1;
        if (tries < 6) throw new BusUnavailable('down');
        published.push(event);
      },
    };
    const relay = await startRelay({ postgres, bus: failing, metrics, log }, { schema: 'orders', pollMs: 60_000 });

    await append([confirmed('1')]);
    for (let times = 1; times < 6; times += 1) {
      await until(() => tries === times, { timeoutMs: 20_000 });
      tell();
    }
    await until(() => published.length === 1, { timeoutMs: 20_000 });

    await relay.close();
  }, 60_000);
});

describe('pruning', () => {
  it('deletes what was published a week ago, and nothing else', async () => {
    const events = ['old', 'new', 'late', 'waits'].map((subject) => confirmed(subject));
    await append(events);
    const age = (subject: string, created: string, published: string | null) =>
      postgres
        .fork()
        .execute(
          'update outbox set created_at = now() - ?::interval, published_at = now() - ?::interval where subject = ?',
          [created, published, subject],
        );
    await age('old', '8 days', '8 days');
    await age('new', '6 days', '6 days');
    await age('late', '8 days', '1 day');
    await age('waits', '8 days', null);

    const pruning = startPruning({ postgres, log }, [outboxPruning]);
    await pruning.sweepNow();
    await pruning.close();

    const left = await postgres.fork().execute<{ subject: string }[]>('select subject from outbox order by position');
    expect(left.map(({ subject }) => subject)).toEqual(['new', 'late', 'waits']);
  });
});

describe('appendEventsAgain', () => {
  it('has an event sent once more, whether the outbox still has it or not', async () => {
    const published: DomainEvent[] = [];
    const relay = await startRelay({ postgres, bus: recordingBus(published), metrics, log }, { schema: 'orders' });
    const [kept, pruned] = [confirmed('1'), confirmed('2')];
    await append([kept]);
    await until(() => published.length === 1);

    await postgres.fork().transactional((em) => appendEventsAgain(em, [kept, pruned]));
    await until(() => published.length === 3);

    await relay.close();
    expect(idsOf(published.map(({ id }) => id))).toEqual(idsOf([kept.id, kept.id, pruned.id]));
  });
});

describe('appendEvents', () => {
  it('writes each event with the exchange of its kind, in order, to be read as an entity', async () => {
    const events = [confirmed('1'), confirmed('2')];

    await append(events);

    const rows = await postgres.fork().find(OutboxMessage, {}, { orderBy: { position: 'asc' } });
    expect(rows).toMatchObject(
      events.map((event) => ({
        id: event.id,
        exchange: 'orders',
        type: 'order.confirmed',
        subject: event.subject,
        event: JSON.parse(JSON.stringify(event)),
        publishedAt: null,
        attempts: 0,
      })),
    );
  });

  it('refuses to write outside a transaction', async () => {
    await expect(appendEvents(postgres.fork(), [confirmed('1')])).rejects.toThrow('needs a running transaction');
  });

  it('refuses an event that the catalog does not know', async () => {
    const unknown = { ...confirmed('1'), type: 'order.misspelt' };

    await expect(append([unknown])).rejects.toThrow('no event of type order.misspelt');
  });
});

async function append(events: readonly DomainEvent[]): Promise<void> {
  await postgres.fork().transactional((em) => appendEvents(em, events));
}

async function pendingRows(): Promise<number> {
  return (await postgres.fork().execute('select from outbox where published_at is null')).length;
}

function recordingBus(published: DomainEvent[]): RelayBus {
  return { onBack: silent, publish: async (event) => void published.push(event) };
}

function recordingConsumer(queue: string, exchange: string, received: Set<string>) {
  return {
    queue,
    bindings: [{ exchange, routingKeys: ['#'] }],
    prefetch: 1,
    handle: async ({ id }: DomainEvent) => void received.add(id),
  };
}

function idsOf(ids: Iterable<string>): string[] {
  return [...ids].sort();
}

function idsBySubject(events: readonly DomainEvent[]): Record<string, string[]> {
  const ids: Record<string, string[]> = {};
  for (const { subject, id } of events) (ids[subject] ??= []).push(id);
  return ids;
}
