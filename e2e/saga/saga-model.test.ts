import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { createSagaWorld, faultsInTheEnd, faultsNow, type SagaWorld, settle } from './world/saga-world.ts';

const initial = { 1: 5, 2: 3 };
const line = fc.record({ productId: fc.constantFrom('1', '2', '3'), quantity: fc.integer({ min: 1, max: 3 }) });
const lines = fc.uniqueArray(line, { minLength: 1, maxLength: 2, selector: ({ productId }) => productId });
const which = fc.nat({ max: 50 });

type Step = (world: SagaWorld) => Promise<void>;

/** One thing that can happen, as fast-check's commands have it; after each, nothing may be wrong. */
const command = (label: string, act: Step): fc.AsyncCommand<object, SagaWorld> => ({
  check: () => true,
  run: async (_model, world) => {
    await act(world);
    expect(faultsNow(world)).toEqual([]);
  },
  toString: () => label,
});
const nth = <Item>(items: readonly Item[], index: number): Item | undefined => items[index % Math.max(1, items.length)];

const commands = [
  lines.map((wanted) => command(`place ${JSON.stringify(wanted)}`, async (world) => void (await world.place(wanted)))),
  which.map((index) =>
    command(`deliver one of what waits (${index})`, async (world) => {
      const event = nth(world.waiting(), index);
      if (event) await world.deliver(event);
    }),
  ),
  which.map((index) =>
    command(`deliver again (${index})`, async (world) => {
      const event = nth(world.sent, index);
      if (event) await world.deliver(event);
    }),
  ),
  which.map((index) =>
    command(`cancel (${index})`, async (world) => {
      const order = nth(world.orders.all(), index);
      if (order) await world.cancel(order.id);
    }),
  ),
  fc.integer({ min: 1, max: 20 }).map((minutes) =>
    command(`${minutes} minutes pass`, async (world) => {
      world.passMinutes(minutes);
      await world.sweepOrders();
      await world.sweepStock();
    }),
  ),
];

describe('the saga, without servers', () => {
  it('ends every order and accounts for every piece, in whatever order and however often messages come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(commands, { maxCommands: 60, size: 'max' }), async (steps) => {
        const world = createSagaWorld(initial);
        await fc.asyncModelRun(() => ({ model: {}, real: world }), steps);
        await settle(world);
        expect(faultsInTheEnd(world)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('never confirms an order and lets it expire, whoever is faster at each step', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async (scheduler) => {
        const world = createSagaWorld(initial, (label) => scheduler.schedule(Promise.resolve(), label));
        const settled = (work: Promise<unknown>) => scheduler.waitFor(work);
        await settled(world.place([{ productId: '1', quantity: 2 }]));
        const [created] = world.waiting();
        if (created) await settled(world.deliver(created));
        const [reserved] = world.waiting();
        world.passMinutes(16);

        await settled(
          Promise.all([
            reserved && world.deliver(reserved),
            world.sweepOrders(),
            world.sweepStock(),
            world.cancel('1'),
            reserved && world.deliver(reserved),
          ]),
        );
        await settled(settle(world));

        expect(faultsInTheEnd(world)).toEqual([]);
        const ends = world.orders.historyOf('1').map(({ to }) => to);
        expect(['PENDING CONFIRMED', 'PENDING REJECTED', 'PENDING CANCELLED', 'PENDING CONFIRMED CANCELLED']).toContain(
          ends.join(' '),
        );
      }),
      { numRuns: 1_000 },
    );
  });
});
