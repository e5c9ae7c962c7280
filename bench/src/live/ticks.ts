import { openBus } from '@storefront/platform/bus/bus.ts';
import { createDiscovery } from '@storefront/platform/discovery/discovery.ts';
import { batchPath } from '@storefront/platform/graphql/batches.ts';
import { serveSubgraph, type SubgraphRequest } from '@storefront/platform/graphql/serve-subgraph.ts';
import { serveHealth } from '@storefront/platform/http/health.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { createInternalVerifier } from '@storefront/platform/identity/internal-tokens.ts';
import { publicKeySet } from '@storefront/platform/identity/keys.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { openScope } from '@storefront/platform/process/run.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { secretsOf } from '@storefront/stack/src/secrets.ts';
import type { RunningStack } from '@storefront/stack/src/start-stack.ts';

const sdl = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@composeDirective"])
    @link(url: "https://storefront.dev/live/v1.0", import: ["@live"])
    @composeDirective(name: "@live")
  directive @live(event: [String!]!, argument: String, attribute: String, seesAll: String) on FIELD_DEFINITION
  type Product @key(fields: "id") { id: ID! }
  type Tick { id: ID! product: Product }
  type Query { latestTick: Tick }
  type Subscription { ticked: Tick! @authenticated @live(event: ["tick.fired"], seesAll: "orders:read") }
`;

/** A subgraph whose events anybody may fire. */
export interface Ticks {
  /** Fires an event for these users. Resolves when the broker has it. */
  fire(id: string, audience: readonly string[]): Promise<void>;
  /** How many requests the gateway has sent for events. */
  readonly requests: number;
  close(): Promise<void>;
}

/** Starts the subgraph in this process; the stack's gateway finds it by itself. */
export async function startTicks({ state, servers }: RunningStack): Promise<Ticks> {
  const log = createLog({ service: 'ticks', level: 'silent' });
  const scope = openScope('ticks', log);
  const { gatewaySigningKey } = await secretsOf(state);
  const verify = createInternalVerifier({ keys: publicKeySet([gatewaySigningKey]), audience: 'ticks' });
  const bus = await openBus({ url: servers.rabbitmq, log, name: 'ticks' });
  scope.defer('bus', () => bus.close());
  const server = createHttpServer({ log });
  let requests = 0;
  server.addHook('onRequest', async ({ url }) => {
    if (url.startsWith('/graphql')) requests += 1;
  });
  serveHealth(server, { service: 'ticks', checks: {} });
  const createContext = (request: SubgraphRequest) => request;
  const tickOf = (id: string) => ({ id, product: { id: '1' } });
  const resolvers = {
    Query: { latestTick: () => tickOf('0') },
    Product: { __resolveReference: ({ id }: { id: string }) => ({ id }) },
    Subscription: {
      ticked: (_root: unknown, _arguments: unknown, { event }: SubgraphRequest) => tickOf(event?.event.subject ?? '0'),
    },
  };
  const { sdlHash } = serveSubgraph(server, { log, verify }, { name: 'ticks', sdl, resolvers, createContext });
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  scope.defer('http', () => server.close());
  const discovery = createDiscovery({ consulUrl: servers.consul, log });
  scope.defer('discovery', () => discovery.close());
  const meta = { sdlHash, graphqlPath: '/graphql', batchPath };
  const service = { name: 'ticks', address: '127.0.0.1', port, tags: ['subgraph'], meta };
  const registration = await discovery.register(service);
  scope.defer('registration', () => registration.deregister());
  return {
    fire: (id, audience) => bus.publish(tickFired(id, audience), 'ticks'),
    get requests() {
      return requests;
    },
    close: () => scope.close(),
  };
}

function tickFired(subject: string, audience: readonly string[]): DomainEvent {
  return {
    specversion: '1.0',
    id: crypto.randomUUID(),
    type: 'tick.fired',
    source: 'ticks',
    subject,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    dataversion: 1,
    audience: [...audience],
    data: {},
  };
}
