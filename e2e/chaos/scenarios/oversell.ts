import type { Scenario } from '../../testing/scenarios/scenario.ts';
import { checkBooks } from '../world/ledger.ts';
import { type Attempt, tryToOrder } from '../world/load.ts';
import type { World } from '../world/world.ts';

const BUYERS = 200;
const PIECES = 50;

/** More buyers than pieces, all at once. */
export const oversell: Scenario<World> = {
  name: 'oversell',
  goal: '200 buyers, stock 50: exactly 50 confirmed',
  async play(world, { dice }) {
    const house = await world.house();
    const shop = await house.openShop({ customers: 10, products: 1, pieces: PIECES });
    const lines = shop.productIds.map((productId) => ({ productId, quantity: 1 }));
    const attempts: Attempt[] = [];
    let next = 0;
    const lane = async () => {
      while (next < BUYERS) {
        next += 1;
        const request = { gateway: dice.pick(shop.gateways), customer: dice.pick(shop.customers), lines };
        let attempt = await tryToOrder(request);
        for (let again = 0; attempt.outcome !== 'placed' && again < 10; again += 1) {
          attempt = await tryToOrder({ ...request, key: attempt.key }); // the machine may be too slow for 200 at once
        }
        attempts.push(attempt);
      }
    };
    await Promise.all(Array.from({ length: 40 }, lane));
    const faults = await checkBooks(world.books, { attempts, settleMs: 60_000 });
    const counts = await world.books
      .fork()
      .execute<{ status: string; n: string }[]>(
        `select status, count(*) as n from orders.orders where idempotency_key = any(?::text[]) group by status`,
        [`{${attempts.map(({ key }) => key).join(',')}}`],
      );
    const of = (status: string) => Number(counts.find((row) => row.status === status)?.n ?? 0);
    const facts = { buyers: BUYERS, confirmed: of('CONFIRMED'), rejected: of('REJECTED') };
    if (facts.confirmed !== PIECES) faults.push(`${facts.confirmed} orders were confirmed, and not ${PIECES}`);
    if (facts.rejected !== BUYERS - PIECES)
      faults.push(`${facts.rejected} orders were rejected, and not ${BUYERS - PIECES}`);
    return { measured: `${facts.confirmed} confirmed, ${facts.rejected} rejected`, facts, faults };
  },
};
