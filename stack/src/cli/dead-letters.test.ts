import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Bus, openBus, PermanentFault } from '@storefront/platform/bus/bus.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { type TestVhost, testVhost } from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { orderSaga } from '@storefront/schema/events/queues.ts';
import { stockReserved } from '@storefront/schema/events/stock-reserved.ts';
import { deadLetters } from './dead-letters.ts';

const log = createLog({ service: 'test', level: 'silent' });
const queue = orderSaga.queue;
let vhost: TestVhost;
let bus: Bus;
let isWell: boolean;
let handled: string[];

beforeAll(async () => {
  vhost = await testVhost();
  bus = await openBus({ url: vhost.url, log, name: 'test' });
  await bus.consume({
    ...orderSaga,
    handle: async ({ id }) => {
      if (!isWell) throw new PermanentFault('there is no such order');
      handled.push(id);
    },
  });
});
afterAll(async () => {
  await bus.close();
  await vhost.drop();
});
beforeEach(() => {
  [isWell, handled] = [false, []];
});
afterEach(() => ask('drop', '--all'));

const ask = (...words: string[]) => deadLetters(words, { RABBITMQ_URL: vhost.url });
const lines = async () => (await ask('list', '--json')).split('\n').filter((line) => line !== '');

/** Publishes events that the consumer refuses, and waits until they lie among the dead letters. */
async function refused(count: number): Promise<DomainEvent[]> {
  const events = Array.from({ length: count }, (_, index) =>
    stockReserved.create({
      id: crypto.randomUUID(),
      source: 'products',
      subject: String(index),
      time: new Date('2026-01-31T09:30:00Z'),
      audience: [],
      data: { orderId: String(index) },
    }),
  );
  for (const event of events) await bus.publish(event, 'products');
  await until(async () => (await lines()).length === count);
  return events;
}

describe('the dead letters', () => {
  it('are listed with what happened to them, and stay', async () => {
    const [event] = await refused(1);

    const table = await ask('list');
    const again = await lines();

    expect(table).toMatch(new RegExp(`${event?.id}  ${queue} .*stock.reserved .*2026-01-31.*there is no such order`));
    expect(again).toHaveLength(1);
  });

  it('are shown whole', async () => {
    const [event] = await refused(1);

    const shown: unknown = JSON.parse(await ask('show', event?.id ?? ''));

    expect(shown).toMatchObject({ queue, tries: 1, reason: 'there is no such order', event: { id: event?.id } });
  });

  it('go back to their queue alone or together', async () => {
    const [first, ...others] = await refused(3);
    isWell = true;

    const one = await ask('replay', first?.id ?? '');
    await until(() => handled.length === 1);
    const rest = await ask('replay', '--all', '--queue', queue);
    await until(() => handled.length === 3);

    expect([one, rest]).toEqual(['replayed 1 letter', 'replayed 2 letters']);
    expect(handled.toSorted()).toEqual([first, ...others].map((event) => event?.id ?? '').toSorted());
    expect(await ask('list')).toBe('there are no dead letters');
  });

  it('are thrown away one by one', async () => {
    const [first, second] = await refused(2);

    await ask('drop', first?.id ?? '');

    expect(await lines()).toEqual([expect.stringContaining(second?.id ?? '')]);
  });

  it.each([
    [['bury'], 'what dead-letters does is "bury"; it can be list, show, replay, drop'],
    [['replay'], 'replay needs an id, or --all'],
    [['drop', 'nobody'], 'no dead letter has the id nobody'],
    [['list', '--queue', 'misspelt'], '--queue is "misspelt"; it can be '],
  ])('refuse %j with the reason', async (words, reason) => {
    await expect(ask(...words)).rejects.toThrow(reason);
  });

  it('say that nothing runs when no broker is known', async () => {
    await expect(deadLetters(['list', '--state', '/nowhere'], {})).rejects.toThrow('nothing runs on /nowhere');
  });
});
