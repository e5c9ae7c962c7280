import { join } from 'node:path';
import { type RunningStack, startStack } from '@storefront/stack/src/start-stack.ts';
import type { Progress } from '@storefront/stack/src/fault.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { type Customer, newCustomer } from '../testing/customers.ts';
import { type Diary, openDiary } from './diary.ts';
import { type FragileServers, startFragileServers } from './fragile-servers.ts';
import { type Load, startLoad } from './load.ts';

/** A house with two gateways, whose RabbitMQ and Redis can be killed. */
export interface World {
  readonly servers: FragileServers;
  readonly stack: RunningStack;
  readonly sockets: readonly string[];
  newCustomers(count: number): Promise<Customer[]>;
  /** Diaries of the customers, the same number of each. */
  openDiaries(customers: readonly Customer[], each?: number): Promise<Diary[]>;
  startLoad(customers: readonly Customer[], perSecond: number): Load;
  close(): Promise<void>;
}

/** What would bound a test before what it is about does. */
const wide = {
  RATE_LIMIT_PER_MINUTE: '1000000000',
  RATE_LIMIT_BURST: '1000000000',
  LIMIT_SOCKETS_PER_USER: '1000',
  LOG_LEVEL: 'warn',
};

/** Starts everything in a state folder; `close` ends every process of it. */
export async function openWorld(state: string, progress: Progress): Promise<World> {
  const servers = await startFragileServers(join(state, 'servers'), progress);
  const named = { rabbitmq: servers.rabbitmq.url, redis: servers.redis.url };
  const starting = startStack({
    state: join(state, 'stack'),
    ports: 'free',
    named,
    replicas: { gateway: 2 },
    environment: wide,
    restartsCrashed: true,
    progress,
  });
  const stack = await starting.catch(async (cause: unknown) => {
    await servers.close();
    throw cause;
  });
  const gateways = (stack.replicas?.['gateway'] ?? []).map((url) => `${url}/graphql`);
  const sockets = gateways.map((url) => url.replace('http', 'ws'));
  return {
    servers,
    stack,
    sockets,
    async newCustomers(count) {
      const customers: Customer[] = [];
      while (customers.length < count) {
        const name = `Buyer${customers.length}`;
        customers.push(await until(() => newCustomer(stack, name), { timeoutMs: 30_000 })); // also while servers come back
      }
      return customers;
    },
    openDiaries: (customers, each = 1) =>
      Promise.all(
        customers.flatMap((customer) => Array.from({ length: each }, (_, turn) => openDiary(sockets, customer, turn))),
      ),
    startLoad: (customers, perSecond) => startLoad(gateways, customers, perSecond),
    async close() {
      await stack.close();
      await servers.close();
    },
  };
}
