import type { Scenario } from '../../testing/scenarios/scenario.ts';
import { startFaultProxy } from '../world/fault-proxy.ts';
import { checkBooks } from '../world/ledger.ts';
import { type Attempt, tryToOrder } from '../world/load.ts';
import type { World } from '../world/world.ts';

/** The order is placed and the answer never arrives; the client asks again with the same key. */
export const replyCut: Scenario<World> = {
  name: 'reply-cut',
  goal: 'reply cut by the proxy, client retries: the same order',
  async play(world, { dice, isShort }) {
    const house = await world.house();
    const shop = await house.openShop({ customers: 3, products: 3, pieces: 1_000 });
    const gateway = new URL(shop.gateways[0] ?? '');
    const proxy = await startFaultProxy({ host: gateway.hostname, port: Number(gateway.port) });
    const throughProxy = `http://127.0.0.1:${proxy.port}/graphql`;
    const count = isShort ? 10 : 50;
    const [attempts, faults]: [Attempt[], string[]] = [[], []];
    try {
      proxy.fail({ kind: 'cut-reply' });
      for (let order = 0; order < count; order += 1) {
        const request = {
          customer: dice.pick(shop.customers),
          lines: [{ productId: dice.pick(shop.productIds), quantity: 1 }],
        };
        const cut = await tryToOrder({ ...request, gateway: throughProxy });
        if (cut.outcome !== 'indeterminate') faults.push(`the proxy let an answer through: ${cut.outcome}`);
        const again = await tryToOrder({ ...request, gateway: dice.pick(shop.gateways), key: cut.key });
        const third = await tryToOrder({ ...request, gateway: dice.pick(shop.gateways), key: cut.key });
        if (again.orderId !== third.orderId) faults.push('two answers for one key');
        attempts.push(again);
      }
    } finally {
      await proxy.close();
    }
    faults.push(...(await checkBooks(world.books, { attempts, settleMs: 30_000 })));
    const keys = `{${attempts.map(({ key }) => key).join(',')}}`;
    const rows = await world.books
      .fork()
      .execute<{ id: string }[]>('select id from orders.orders where idempotency_key = any(?::text[])', [keys]);
    if (rows.length !== count) faults.push(`${rows.length} orders for ${count} purchases`);
    const facts = { purchases: count, orders: rows.length, cuts: proxy.cuts() };
    return { measured: `${proxy.cuts()} replies cut, ${rows.length} orders for ${count} purchases`, facts, faults };
  },
};
