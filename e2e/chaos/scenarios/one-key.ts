import { randomUUID } from 'node:crypto';
import type { Scenario } from '../../testing/scenarios/scenario.ts';
import { checkBooks } from '../world/ledger.ts';
import { type Attempt, tryToOrder } from '../world/load.ts';
import type { World } from '../world/world.ts';

const AT_ONCE = 50;

/** The same order, over and over, at the same moment, through both gateways. */
export const oneKey: Scenario<World> = {
  name: 'one-key',
  goal: 'one idempotency key, 50 at once: one order, the rest replayed or 409',
  async play(world, { dice, isShort }) {
    const house = await world.house();
    const shop = await house.openShop({ customers: 1, products: 1, pieces: 1_000 });
    const lines = shop.productIds.map((productId) => ({ productId, quantity: 1 }));
    const [customer] = shop.customers;
    if (!customer) throw new Error('there is no customer');
    const all: Attempt[] = [];
    const faults: string[] = [];
    const rounds = isShort ? 2 : 10;
    for (let round = 0; round < rounds; round += 1) {
      const key = randomUUID();
      const tries = Array.from({ length: AT_ONCE }, () =>
        tryToOrder({ gateway: dice.pick(shop.gateways), customer, lines, key }),
      );
      const attempts = await Promise.all(tries);
      const ids = new Set(attempts.flatMap(({ orderId }) => (orderId === null ? [] : [orderId])));
      const odd = attempts.filter(
        ({ outcome, answer }) => outcome === 'refused' && answer !== 'IdempotencyKeyInFlight',
      );
      if (ids.size !== 1) faults.push(`${ids.size} orders for one key`);
      if (odd.length > 0) faults.push(`${odd.length} times ${odd[0]?.answer}`);
      all.push(...attempts.filter(({ outcome }) => outcome !== 'refused'));
    }
    faults.push(...(await checkBooks(world.books, { attempts: all, settleMs: 30_000 })));
    const replayed = all.filter(({ outcome }) => outcome === 'placed').length - rounds;
    const unanswered = all.filter(({ outcome }) => outcome === 'indeterminate').length;
    const facts = { rounds, replayed, inFlight: rounds * AT_ONCE - all.length, unanswered };
    const measured = `${rounds} keys: one order each, ${replayed} replayed, ${facts.inFlight} in flight, ${unanswered} not answered`;
    return { measured, facts, faults };
  },
};
