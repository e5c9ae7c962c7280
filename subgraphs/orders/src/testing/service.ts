import { randomBytes } from 'node:crypto';
import { type Bus, openBus } from '@storefront/platform/bus/bus.ts';
import { createDiscovery } from '@storefront/platform/discovery/discovery.ts';
import { openScope, type OwnedScope } from '@storefront/platform/process/scope.ts';
import { testConsulUrl, testVhost } from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { readOrdersConfig } from '../config.ts';
import { startOrders } from '../main.ts';
import { type Ask, asGateway, makeKeys } from './graph.ts';
import { type ProductsServer, startProductsServer } from './products-server.ts';
import { openTestStorage, silentLog, type TestStorage } from './storage.ts';

/** The whole service on real servers, with a bus on which the test plays products and users and listens to orders. */
export interface TestService {
  readonly url: string;
  readonly ask: Ask;
  readonly storage: TestStorage;
  readonly bus: Bus;
  readonly products: ProductsServer;
  /** What orders has published, in the order of arrival. */
  readonly published: readonly DomainEvent[];
  /** Waits until orders has published this type of event about a subject. */
  announced(type: string, subject: string): Promise<DomainEvent>;
  /** Shuts the service down, and it alone. */
  stop(): Promise<void>;
  close(): Promise<void>;
}

/** Starts it, closed with everything it opened by `close`. */
export async function startTestService(environment: Record<string, string> = {}): Promise<TestService> {
  const scope = openScope('test', silentLog);
  const storage = await openTestStorage();
  scope.defer('storage', () => storage.close());
  const vhost = await testVhost();
  scope.defer('vhost', () => vhost.drop());
  const { tokens, keys, orders } = await makeKeys();
  const { bus, published } = await listenToOrders(vhost.url, scope);
  const products = await startProductsServer(keys, scope);
  const catalogueService = await registerProducts(products, scope);
  const service = openScope('orders', silentLog);
  scope.defer('service', () => service.close());
  const config = readOrdersConfig({
    NODE_ENV: 'test',
    SERVICE_PORT: '0',
    DATABASE_URL: storage.url,
    RABBITMQ_URL: vhost.url,
    CONSUL_URL: testConsulUrl(),
    INTERNAL_JWKS: JSON.stringify(keys),
    INTERNAL_SIGNING_KEY: JSON.stringify(orders),
    CATALOGUE_SERVICE: catalogueService,
    CATALOGUE_TIMEOUT_MS: '4000',
    PRICES_KEPT_MS: '0',
    ...environment,
  });
  const { url } = await startOrders(config, service);
  const ask = asGateway(tokens, async (request) => {
    const response = await fetch(`${url}/graphql`, { method: 'POST', ...request });
    return response.text();
  });
  const announced = (type: string, subject: string) =>
    until(() => published.find((event) => event.type === type && event.subject === subject));
  return {
    url,
    ask,
    storage,
    bus,
    products,
    published,
    announced,
    stop: () => service.close(),
    close: () => scope.close(),
  };
}

async function listenToOrders(url: string, scope: OwnedScope): Promise<{ bus: Bus; published: DomainEvent[] }> {
  const published: DomainEvent[] = [];
  const bus = await openBus({ url, log: silentLog, name: 'test' });
  scope.defer('bus', () => bus.close());
  const consumer = await bus.consume({
    queue: 'test.listener',
    bindings: [{ exchange: 'orders', routingKeys: ['#'] }],
    prefetch: 1,
    handle: async (event) => void published.push(event),
  });
  scope.defer('listener', () => consumer.close());
  return { bus, published };
}

/** Registers under a name of its own, because other tests use the same Consul. */
async function registerProducts({ port }: ProductsServer, scope: OwnedScope): Promise<string> {
  const name = `products-${randomBytes(4).toString('hex')}`;
  const discovery = createDiscovery({ consulUrl: testConsulUrl(), log: silentLog });
  scope.defer('discovery', () => discovery.close());
  const registration = await discovery.register({
    name,
    address: '127.0.0.1',
    port,
    tags: [],
    meta: { graphqlPath: '/graphql' },
  });
  scope.defer('registration', () => registration.deregister());
  return name;
}
