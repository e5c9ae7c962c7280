import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { place } from '@storefront/orders/src/domain/place.ts';
import { orderEntities, SCHEMA } from '@storefront/orders/src/storage/entities.ts';
import { orderMigrations } from '@storefront/orders/src/storage/migrations/all.ts';
import { createOrderStore } from '@storefront/orders/src/storage/order-store.ts';
import { answerExpiry } from '@storefront/orders/src/use-cases/answer-expiry.ts';
import { expireOrders } from '@storefront/orders/src/use-cases/expire-orders.ts';
import { settleOrder } from '@storefront/orders/src/use-cases/settle-order.ts';
import { openPostgres } from '@storefront/platform/postgres/open.ts';
import { createDatabase, provisionSchema } from '@storefront/platform/postgres/provision.ts';
import type { Scenario } from '../../testing/scenarios/scenario.ts';
import type { World } from '../world/world.ts';

const LANES = 4;

/** The stock's answer and the end of the time come at the same moment. */
export const lateConfirmation: Scenario<World> = {
  name: 'late-confirmation',
  goal: 'late confirmation against expiry, 1,000 interleavings: never both',
  async play({ servers, log }, { dice, isShort }) {
    const name = `late_${randomBytes(4).toString('hex')}`;
    const adminUrl = await createDatabase({ adminUrl: servers.postgres.url, name });
    const url = await provisionSchema({ adminUrl, schema: SCHEMA, role: name, password: name });
    const options = { url, schema: SCHEMA, entities: orderEntities(), migrations: orderMigrations, log };
    const postgres = await openPostgres(options);
    try {
      await postgres.migrate();
      const store = () => createOrderStore({ em: postgres.fork(), newEventId: () => randomUUIDv7() });
      const clock = { now: () => new Date() };
      const rounds = isShort ? 100 : 1_000;
      let left = rounds;
      const lane = async () => {
        while (left-- > 0) {
          const line = { productId: '1', quantity: 1, unitPriceMinor: 100, currency: 'EUR' };
          const decision = place({ buyerId: '1', lines: [line], at: new Date(Date.now() - 3_600_000) });
          if ('invalid' in decision) throw new Error(decision.invalid.message);
          const stored = await store().add(decision.placed, null);
          if (stored.phase !== 'stored') throw new Error(`the order was ${stored.phase}`);
          const orderId = stored.order.id;
          const parties = [
            () => settleOrder({ orders: store(), clock }, { orderId, answer: { phase: 'reserved' } }),
            () => expireOrders({ orders: store(), clock }, { timeoutMs: 60_000, batchSize: 5 }),
            () => answerExpiry({ orders: store(), clock }, orderId),
          ];
          await Promise.all(parties.map(async (party) => (await delay(dice.below(4)), party())));
        }
      };
      await Promise.all(Array.from({ length: LANES }, lane));
      const rows = await postgres.fork().execute<{ status: string; n: string }[]>(
        `select status, count(*) as n from (
           select orders.id, status from orders join order_transitions way on way.order_id = orders.id
           group by orders.id having count(*) = 2 and count(distinct way.to_status) = 2
             and (select count(*) from outbox where subject = orders.id::text) = 2) well group by status`,
      );
      const of = (status: string) => Number(rows.find((row) => row.status === status)?.n ?? 0);
      const facts = { rounds, confirmed: of('CONFIRMED'), timedOut: of('REJECTED') };
      const faults: string[] = [];
      if (facts.confirmed + facts.timedOut < rounds)
        faults.push(`${rounds - facts.confirmed - facts.timedOut} orders ended otherwise`);
      if (Math.min(facts.confirmed, facts.timedOut) === 0) faults.push('one side always won, so nothing was shown');
      return { measured: `${facts.confirmed} confirmed, ${facts.timedOut} timed out, never both`, facts, faults };
    } finally {
      await postgres.close();
    }
  },
};
