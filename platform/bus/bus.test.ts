import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { v7 } from 'uuid';
import { CodedError } from '../errors/coded-error.ts';
import { createLog } from '../log/log.ts';
import { confirmed } from '../testing/events.ts';
import { closeConnections, rabbitManagement, type TestVhost, testVhost } from '../testing/servers.ts';
import { openTunnel } from '../testing/tunnel.ts';
import { until } from '../testing/until.ts';
import { type Bus, BusUnavailable, openBus, PermanentFault, UnroutableEvent } from './bus.ts';
import { ALL_EVENTS, deadLetterQueue } from './topology.ts';

const log = createLog({ service: 'test', level: 'silent' });
const bindings = [{ exchange: 'orders', routingKeys: ['order.*'] }];
let vhost: TestVhost;
let bus: Bus;
let queue: string;

beforeAll(async () => {
  vhost = await testVhost();
});

afterAll(async () => {
  await vhost.drop();
});

beforeEach(async () => {
  queue = `queue-${v7()}`;
  bus = await openBus({ url: vhost.url, log, name: 'bus-test', retryDelaysMs: [10, 20, 50, 50] });
});

afterEach(async () => {
  await bus.close();
  const left = (await rabbitManagement('GET', `/api/queues/${vhost.vhost}`)) as { name: string }[];
  for (const { name } of left) await rabbitManagement('DELETE', `/api/queues/${vhost.vhost}/${name}`);
});

describe('publish', () => {
  it('hands an event to the consumers of its exchange, whole', async () => {
    const received: DomainEvent[] = [];
    await bus.consume({ queue, bindings, handle: async (event) => void received.push(event) });
    const event = confirmed();

    await bus.publish(event, 'orders');
    await until(() => received.length > 0);

    expect(received).toEqual([event]);
  });

  it('marks its messages so that they survive the broker and can be told apart', async () => {
    const consumer = await bus.consume({ queue, bindings, handle: async () => undefined });
    await consumer.close();
    const event = confirmed();

    await bus.publish(event, 'orders');

    expect(await lettersIn(queue)).toMatchObject([
      {
        routing_key: 'order.confirmed',
        properties: {
          delivery_mode: 2,
          message_id: event.id,
          type: 'order.confirmed',
          timestamp: Math.floor(Date.parse(event.time) / 1000),
          content_type: 'application/cloudevents+json',
        },
      },
    ]);
  });

  it('throws for an event that no queue takes, and for it alone', async () => {
    await bus.consume({ queue, bindings, handle: async () => undefined });

    const outcomes = await Promise.allSettled([
      bus.publish(confirmed(), 'orders'),
      bus.publish(confirmed(), 'products'),
      bus.publish(confirmed(), 'orders'),
    ]);

    expect(outcomes).toEqual([
      { status: 'fulfilled', value: undefined },
      { status: 'rejected', reason: expect.any(UnroutableEvent) },
      { status: 'fulfilled', value: undefined },
    ]);
  });
});

describe('a closed bus', () => {
  it('publishes nothing and says so', async () => {
    await bus.close();

    await expect(bus.publish(confirmed(), 'orders')).rejects.toBeInstanceOf(BusUnavailable);
  });
});

describe('consume', () => {
  it('hears the events of every exchange on the one that gets them all', async () => {
    const received: string[] = [];
    const all = [{ exchange: ALL_EVENTS, routingKeys: ['#'] }];
    await bus.consume({ queue, bindings: all, handle: async ({ id }) => void received.push(id) });
    const events = [confirmed(), confirmed()];

    await Promise.all(events.map((event, index) => bus.publish(event, ['orders', 'products'][index] ?? '')));
    await until(() => received.length === 2);

    expect(received.toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  });

  it('gives all events of an ordered queue to one consumer, and to the next when that one is gone', async () => {
    const received: [string, string][] = [];
    const open = (name: string) =>
      bus.consume({ queue, bindings, isOrdered: true, handle: async ({ id }) => void received.push([name, id]) });
    const first = await open('first');
    await open('second');
    const events = Array.from({ length: 6 }, confirmed);

    for (const event of events.slice(0, 3)) await bus.publish(event, 'orders');
    await until(() => received.length === 3);
    await first.close();
    for (const event of events.slice(3)) await bus.publish(event, 'orders');
    await until(() => received.length === 6);

    expect(received).toEqual(events.map(({ id }, index) => [index < 3 ? 'first' : 'second', id]));
  });

  it('tries an event five times before it becomes a dead letter', async () => {
    let tries = 0;
    await bus.consume({
      queue,
      bindings,
      handle: async () => {
        tries += 1;
        throw new Error('the sum is wrong');
      },
    });
    const event = confirmed();

    await bus.publish(event, 'orders');
    const letters = await until(() => lettersIn(deadLetterQueue(queue)));

    expect(tries).toBe(5);
    expect(letters).toMatchObject([
      { properties: { message_id: event.id, headers: { 'x-tries': 5, 'x-fault': 'the sum is wrong' } } },
    ]);
  });

  it('lets an event rest as often as it must while what it needs is away', async () => {
    let tries = 0;
    await bus.consume({
      queue,
      bindings,
      handle: async () => {
        tries += 1;
        if (tries < 8) throw new CodedError('SERVICE_UNAVAILABLE', 'the database is away');
      },
    });

    await bus.publish(confirmed(), 'orders');
    await until(() => tries === 8);

    expect(await lettersIn(deadLetterQueue(queue))).toBeNull();
  });

  it('handles the events of one subject one after the other, those of others meanwhile', async () => {
    const first = confirmed('1');
    const [second, other] = [confirmed('1'), confirmed('2')];
    const handled: string[] = [];
    const finish = Promise.withResolvers<void>();
    await bus.consume({
      queue,
      bindings,
      handle: async ({ id }) => {
        if (id === first.id) await finish.promise;
        handled.push(id);
      },
    });

    for (const event of [first, second, other]) await bus.publish(event, 'orders');
    await until(() => handled.length > 0);
    const before = [...handled];
    finish.resolve();
    await until(() => handled.length === 3);

    expect(before).toEqual([other.id]);
    expect(handled).toEqual([other.id, first.id, second.id]);
  });

  it('goes on with other events while one fails', async () => {
    const received: string[] = [];
    const bad = confirmed('1');
    const good = confirmed('2');
    await bus.consume({
      queue,
      bindings,
      handle: async ({ id }) => {
        if (id === bad.id && received.length === 0) throw new Error('not before the other');
        received.push(id);
      },
    });

    await bus.publish(bad, 'orders');
    await bus.publish(good, 'orders');
    await until(() => received.length === 2);

    expect(received).toEqual([good.id, bad.id]);
  });

  it('sends a permanent fault to the dead letters at once', async () => {
    let tries = 0;
    await bus.consume({
      queue,
      bindings,
      handle: async () => {
        tries += 1;
        throw new PermanentFault('there is no such order');
      },
    });

    await bus.publish(confirmed(), 'orders');
    await until(() => lettersIn(deadLetterQueue(queue)));

    expect(tries).toBe(1);
  });

  it('sends what is not an event to the dead letters without showing it to the handler', async () => {
    let tries = 0;
    await bus.consume({ queue, bindings, handle: async () => void (tries += 1) });

    await publishText('not json');
    await publishText('{"id":"an envelope without the rest"}');
    await until(async () => (await lettersIn(deadLetterQueue(queue)))?.length === 2);

    expect(tries).toBe(0);
  });

  it('waits on close for the events in hand, and leaves the others in the queue', async () => {
    const started: string[] = [];
    const finish = Promise.withResolvers<void>();
    const consumer = await bus.consume({
      queue,
      bindings,
      prefetch: 1,
      handle: async ({ id }) => {
        started.push(id);
        await finish.promise;
      },
    });
    const events = [confirmed(), confirmed()];
    for (const event of events) await bus.publish(event, 'orders');
    await until(() => started.length === 1);

    let isClosed = false;
    const closing = consumer.close().then(() => (isClosed = true));
    await bus.ping();
    const closedEarly = isClosed;
    finish.resolve();
    await closing;

    expect(closedEarly).toBe(false);
    expect(started).toEqual([events[0]?.id]);
    expect(await lettersIn(queue)).toMatchObject([{ properties: { message_id: events[1]?.id } }]);
  });

  it('comes back when the queue is deleted under it', async () => {
    const received: string[] = [];
    await bus.consume({ queue, bindings, handle: async ({ id }) => void received.push(id) });
    const event = confirmed();

    await rabbitManagement('DELETE', `/api/queues/${vhost.vhost}/${queue}`);
    await until(() => bus.publish(event, 'orders').then(() => true));

    await until(() => received.includes(event.id));
  });
});

describe('a broker that comes back without its data', () => {
  it('has every declared queue again before an event is published', async () => {
    const queues = [queue, `${queue}-2`].map((name) => ({ queue: name, bindings }));
    await bus.declare(queues);
    await bus.publish(confirmed(), 'orders');
    for (const { queue: name } of queues) await rabbitManagement('DELETE', `/api/queues/${vhost.vhost}/${name}`);

    await closeConnections(vhost);
    const event = confirmed();
    await until(() => bus.publish(event, 'orders').then(() => true));

    for (const { queue: name } of queues) {
      expect(await lettersIn(name)).toMatchObject([{ properties: { message_id: event.id } }]);
    }
  }, 20_000);
});

describe('a broker that drops the connection', () => {
  it('finds the consumers back, and a publish that waited for it done', async () => {
    const received: string[] = [];
    await bus.consume({ queue, bindings, handle: async ({ id }) => void received.push(id) });
    const events = [confirmed(), confirmed()];
    await closeConnections(vhost);

    await until(() => Promise.all(events.map((event) => bus.publish(event, 'orders'))));
    await until(() => events.every(({ id }) => received.includes(id)));

    await bus.ping();
  }, 20_000);

  it('does not hold up the close of a consumer', async () => {
    const consumer = await bus.consume({ queue, bindings, handle: async () => undefined });
    await closeConnections(vhost);

    await consumer.close();

    await bus.ping();
  }, 20_000);
});

describe('a network that swallows everything', () => {
  it('does not keep the bus from closing', async () => {
    const tunnel = await openTunnel(new URL(vhost.url));
    const behind = await openBus({ url: tunnel.url, log, name: 'test' });
    await behind.consume({ queue, bindings, handle: async () => undefined });

    tunnel.swallow();
    await behind.close();

    tunnel.close();
  }, 20_000);

  it('is over for a publisher when it is over', async () => {
    const tunnel = await openTunnel(new URL(vhost.url));
    const behind = await openBus({ url: tunnel.url, log, name: 'test' });
    await behind.declare([{ queue, bindings }]);
    await behind.publish(confirmed(), 'orders');

    tunnel.swallow(); // the confirm of this one is lost for ever, on a connection that goes on
    await expect(behind.publish(confirmed(), 'orders')).rejects.toBeInstanceOf(BusUnavailable);
    tunnel.open();

    await until(() => behind.publish(confirmed(), 'orders').then(() => true));
    await behind.close();
    tunnel.close();
  }, 40_000);
});

describe('openBus', () => {
  it('says which broker it cannot reach, and never the password', async () => {
    await expect(openBus({ url: 'amqp://ada:secret@127.0.0.1:1/shop', log, name: 'test' })).rejects.toMatchObject({
      code: 'BUS_UNREACHABLE',
      message: 'cannot use RabbitMQ at 127.0.0.1:1/shop',
      cause: expect.objectContaining({ message: expect.stringContaining('ECONNREFUSED') }),
    });
  });
});

/** What is ready in a queue, looked at and put back; null when there is nothing. */
async function lettersIn(name: string): Promise<{ properties: object }[] | null> {
  const letters = (await rabbitManagement('POST', `/api/queues/${vhost.vhost}/${name}/get`, {
    count: 10,
    ackmode: 'ack_requeue_true',
    encoding: 'auto',
  })) as { properties: object }[];
  return letters.length > 0 ? letters : null;
}

async function publishText(payload: string): Promise<void> {
  await rabbitManagement('POST', `/api/exchanges/${vhost.vhost}/orders/publish`, {
    properties: {},
    routing_key: 'order.confirmed',
    payload,
    payload_encoding: 'string',
  });
}
