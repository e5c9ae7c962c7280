import { createLog, type Log } from '@storefront/platform/log/log.ts';
import { openPostgres } from '@storefront/platform/postgres/open.ts';
import { until } from '@storefront/platform/testing/until.ts';
import type { Progress } from '@storefront/stack/src/fault.ts';
import { type RunningStack, startStack } from '@storefront/stack/src/start-stack.ts';
import { join } from 'node:path';
import { type Customer, newCustomer } from '../../testing/customers.ts';
import { ask } from '../../testing/graphql.ts';
import { newProduct } from '../../testing/products.ts';
import { type CpuTime, startCpuTime } from './cpu-time.ts';
import { killPointEnvironment } from './kill-points.ts';
import type { Books } from './ledger.ts';
import type { Shop } from './load.ts';
import { type FragileServers, startFragileServers } from './servers.ts';

/** What scenarios happen to: servers that can be killed and, for those that need it, the whole house with two of each service. */
export interface World {
  readonly servers: FragileServers;
  readonly log: Log;
  /** The databases of all services, as the administrator sees them. */
  readonly books: Books;
  /** Starts to count the processor time of every process of this world, and of this one. */
  startCpuTime(): () => CpuTime;
  /** The house; started when it is first asked for. */
  house(): Promise<House>;
  close(): Promise<void>;
}

/** The house with its doors open. */
export interface House {
  readonly stack: RunningStack;
  /** Its state folder. */
  readonly state: string;
  readonly gateways: readonly string[];
  readonly sockets: readonly string[];
  /** New customers, and new products with so many pieces of each. */
  openShop(size: { customers: number; products: number; pieces: number }): Promise<Shop>;
}

/** Opens a world in a state folder; `close` ends every process of it. */
export async function openWorld(state: string, progress: Progress): Promise<World> {
  const log = createLog({ service: 'chaos', level: 'silent' });
  const servers = await startFragileServers(join(state, 'servers'), progress);
  const books = await openPostgres({
    url: servers.postgres.url,
    schema: 'public',
    entities: [],
    migrations: [],
    statementTimeoutMs: 30_000,
    log,
  });
  let opening: Promise<House> | undefined;
  return {
    servers,
    log,
    books,
    startCpuTime: () => startCpuTime([join(state, 'servers'), join(state, 'stack')]),
    house: () => {
      const open = () => openHouse(join(state, 'stack'), servers, progress);
      opening ??= open().catch(open); // a busy machine may be faster the next time
      return opening;
    },
    close: async () => {
      const house = await opening?.catch(() => undefined);
      await house?.stack.close();
      await books.close();
      await servers.close();
    },
  };
}

/** Limits of clients would be what a load of orders finds first. */
const withoutLimits = {
  LIMIT_COST: '1000000000',
  RATE_LIMIT_PER_MINUTE: '1000000000',
  RATE_LIMIT_BURST: '1000000000',
  LOG_LEVEL: 'warn',
};

async function openHouse(state: string, { named }: FragileServers, progress: Progress): Promise<House> {
  const stack = await startStack({
    state,
    ports: 'free',
    named,
    replicas: 2,
    environment: {
      ...withoutLimits,
      ...killPointEnvironment(state),
      ORDER_SWEEP_MS: '1000',
      RESERVATION_SWEEP_MS: '1000',
    },
    restartsCrashed: true,
    progress,
  });
  const gateways = (stack.replicas?.['gateway'] ?? []).map((url) => `${url}/graphql`);
  const sockets = gateways.map((url) => url.replace('http', 'ws'));
  return {
    stack,
    state,
    gateways,
    sockets,
    openShop: async ({ customers, products, pieces }) => {
      const admin = stack.accounts.find(({ role }) => role === 'ADMIN');
      const token = await signIn(stack.gateway.graphql, admin?.email ?? '', admin?.password ?? '');
      const productIds: string[] = [];
      for (let index = 0; index < products; index += 1) {
        // A gateway that has too much to do refuses what is not urgent.
        const make = () => newProduct(stack.gateway.graphql, { token, initialStock: pieces });
        productIds.push(await until(make, { timeoutMs: 30_000 }));
      }
      const buyers: Customer[] = [];
      for (let index = 0; index < customers; index += 1) buyers.push(await newCustomer(stack, `Buyer${index}`));
      return { gateways, customers: buyers, productIds };
    },
  };
}

async function signIn(url: string, email: string, password: string): Promise<string> {
  const query = `mutation ($input: SignInInput!) { signIn(input: $input) { ... on SignInSuccess { session { accessToken } } } }`;
  const answer = await ask(url, { query, variables: { input: { email, password } } });
  return answer.data.signIn.session.accessToken;
}
