import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { connect } from 'amqplib';
import { v7 } from 'uuid';
import { createLog } from '../log/log.ts';
import { confirmed } from '../testing/events.ts';
import { type TestVhost, testVhost } from '../testing/servers.ts';
import { until } from '../testing/until.ts';
import { type Bus, openBus, PermanentFault } from './bus.ts';
import { type DeadLetters, openDeadLetters } from './dead-letters.ts';

const log = createLog({ service: 'test', level: 'silent' });
const bindings = [{ exchange: 'orders', routingKeys: ['order.*'] }];
let vhost: TestVhost;
let bus: Bus;
let letters: DeadLetters;
let queue: string;

beforeAll(async () => {
  vhost = await testVhost();
  letters = await openDeadLetters(vhost.url);
});
afterAll(async () => {
  await letters.close();
  await vhost.drop();
});
beforeEach(async () => {
  queue = `queue-${v7()}`;
  bus = await openBus({ url: vhost.url, log, name: 'batch-test', retryDelaysMs: [10, 20, 50, 50] });
});
afterEach(() => bus.close());

/** A consumer whose first batch waits until it is let go, so that what comes meanwhile gathers. */
async function consumeInBatches(judge: (event: DomainEvent) => void = () => undefined, mixesSubjects = false) {
  const batches: DomainEvent[][] = [];
  const alone: DomainEvent[] = [];
  const gate = Promise.withResolvers<void>();
  await bus.consume({
    queue,
    bindings,
    mixesSubjects,
    handle: async (event) => {
      alone.push(event);
      judge(event);
    },
    handleAll: async (events) => {
      batches.push([...events]);
      await gate.promise;
      for (const event of events) judge(event);
    },
  });
  return { batches, alone, letGo: () => gate.resolve() };
}

async function publishAll(events: readonly DomainEvent[]): Promise<void> {
  for (const event of events) await bus.publish(event, 'orders');
}

const idsOf = (events: readonly DomainEvent[]) => events.map(({ id }) => id);

describe('a consumer of batches', () => {
  it('handles together what has come meanwhile, and no event again', async () => {
    const { batches, alone, letGo } = await consumeInBatches();
    const [first, ...others] = ['1', '2', '3', '4'].map(confirmed);
    await publishAll(first ? [first] : []);
    await until(() => batches.length === 1);

    await publishAll(others);
    letGo();
    await until(() => batches.flat().length === 4);
    await bus.close();

    expect(batches.map((batch) => batch.length)).toEqual([1, 3]);
    expect(idsOf(batches[1] ?? [])).toEqual(idsOf(others));
    expect(alone).toEqual([]);
    expect(await messagesLeft()).toBe(0);
  });

  it('never has two events of one subject in a batch', async () => {
    const { batches, letGo } = await consumeInBatches();
    const events = ['0', '1', '2', '1', '3'].map(confirmed);

    await publishAll(events);
    await until(() => batches.length === 1);
    letGo();
    await until(() => batches.flat().length === 5);

    expect(idsOf(batches.flat())).toEqual(idsOf(events));
    for (const batch of batches) expect(new Set(batch.map(({ subject }) => subject)).size).toBe(batch.length);
  });

  it('has them when it may, in their order', async () => {
    const { batches, letGo } = await consumeInBatches(() => undefined, true);
    const [first, ...others] = ['0', '1', '1', '1'].map(confirmed);
    await publishAll(first ? [first] : []);
    await until(() => batches.length === 1);

    await publishAll(others);
    letGo();
    await until(() => batches.flat().length === 4);

    expect(batches.map((batch) => batch.length)).toEqual([1, 3]);
    expect(idsOf(batches[1] ?? [])).toEqual(idsOf(others));
  });

  it('handles each event of a batch that fails alone: a bad one dies, the others have their effect', async () => {
    const { batches, alone, letGo } = await consumeInBatches(({ subject }) => {
      if (subject === 'bad') throw new PermanentFault('nobody can take this');
    });
    const events = ['0', '1', 'bad', '2'].map(confirmed);

    await publishAll(events);
    await until(() => batches.length === 1);
    letGo();
    const dead = await until(async () => {
      const found = await letters.list(queue);
      return found.length > 0 && found;
    });
    await until(() => new Set([...batches.flat(), ...alone].map(({ id }) => id)).size === 4);
    await bus.close();

    expect(dead.map(({ id }) => id)).toEqual([events[2]?.id]);
    expect(alone.map(({ subject }) => subject)).toContain('2');
    expect(await messagesLeft()).toBe(0);
  });

  it('keeps what is no event out of the batch, and loses nothing around it', async () => {
    const { batches, letGo } = await consumeInBatches();
    letGo();
    const connection = await connect(vhost.url);
    const channel = await connection.createConfirmChannel();
    const events = ['1', '2'].map(confirmed);

    await publishAll(events.slice(0, 1));
    channel.publish('orders', 'order.confirmed', Buffer.from('not json'), { messageId: 'odd' });
    await channel.waitForConfirms();
    await publishAll(events.slice(1));
    await until(async () => (await letters.list(queue)).length === 1);
    await until(() => batches.flat().length === 2);
    await bus.close();

    expect(idsOf(batches.flat())).toEqual(idsOf(events));
    expect(await messagesLeft()).toBe(0);
    await connection.close();
  });
});

/** What the broker would hand over again. */
async function messagesLeft(): Promise<number> {
  const connection = await connect(vhost.url);
  const channel = await connection.createChannel();
  const { messageCount } = await channel.checkQueue(queue);
  await connection.close();
  return messageCount;
}
