import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openBus } from '@storefront/platform/bus/bus.ts';
import { createDiscovery } from '@storefront/platform/discovery/discovery.ts';
import { serveSubgraph, type SubgraphRequest } from '@storefront/platform/graphql/serve-subgraph.ts';
import { serveHealth } from '@storefront/platform/http/health.ts';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { createInternalVerifier } from '@storefront/platform/identity/internal-tokens.ts';
import { publicKeySet } from '@storefront/platform/identity/keys.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { openScope } from '@storefront/platform/process/run.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';

/** What the graph gains: a field of products, a query, a live field. */
export const reviewsSdl = `
  extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@authenticated", "@composeDirective"])
    @link(url: "https://storefront.dev/live/v1.0", import: ["@live"])
    @composeDirective(name: "@live")
  directive @live(event: [String!]!, argument: String, attribute: String, seesAll: String) on FIELD_DEFINITION
  type Product @key(fields: "id") { id: ID! reviews: [Review!] }
  type Review { text: String! product: Product }
  type ReviewEvent { review: Review! }
  type Query { latestReview: Review }
  type Subscription {
    reviewAdded(productId: ID): ReviewEvent!
      @authenticated
      @live(event: ["review.added"], argument: "productId", attribute: "subject", seesAll: "orders:read")
  }
`;

interface Context extends SubgraphRequest {
  review?: never;
}

const reviewOf = (id: string) => ({ text: `A fine thing, product ${id}`, product: { id } });

const resolvers = {
  Query: { latestReview: () => reviewOf('1') },
  Product: {
    __resolveReference: ({ id }: { id: string }) => ({ id }),
    reviews: ({ id }: { id: string }) => [reviewOf(id)],
  },
  Subscription: {
    reviewAdded: (_root: unknown, _arguments: unknown, { event }: Context) => ({
      review: reviewOf(event?.event.subject ?? 'none'),
    }),
  },
};

/** What a subgraph needs to know of the stack that it joins. */
export interface ReviewsHome {
  /** The folder with the stack's keys. */
  readonly state: string;
  readonly servers: { readonly rabbitmq: string; readonly consul: string };
}

/** A fourth subgraph as a newcomer would write it, in this process, found by the gateway through Consul alone. */
export async function startReviews(stack: ReviewsHome, sdl = reviewsSdl) {
  const log = createLog({ service: 'reviews', level: 'silent' });
  const scope = openScope('reviews', log);
  const secrets = JSON.parse(readFileSync(join(stack.state, 'secrets.json'), 'utf8'));
  const verify = createInternalVerifier({ keys: publicKeySet([secrets.gatewaySigningKey]), audience: 'reviews' });
  const bus = await openBus({ url: stack.servers.rabbitmq, log, name: 'reviews' });
  scope.defer('bus', () => bus.close());
  const server = createHttpServer({ log });
  serveHealth(server, { service: 'reviews', checks: {} });
  const createContext = (request: SubgraphRequest): Context => ({ ...request });
  const { sdlHash } = serveSubgraph(server, { log, verify }, { name: 'reviews', sdl, resolvers, createContext });
  const { port } = await listen(server, { host: '127.0.0.1', port: 0 });
  scope.defer('http', () => server.close());
  const discovery = createDiscovery({ consulUrl: stack.servers.consul, log });
  scope.defer('discovery', () => discovery.close());
  const registration = await discovery.register({
    name: 'reviews',
    address: '127.0.0.1',
    port,
    tags: ['subgraph'],
    meta: { sdlHash, graphqlPath: '/graphql' },
  });
  scope.defer('registration', () => registration.deregister());
  return {
    announce: (productId: string, audience: string[]) => bus.publish(reviewAdded(productId, audience), 'reviews'),
    close: () => scope.close(),
  };
}

function reviewAdded(productId: string, audience: string[]): DomainEvent {
  return {
    specversion: '1.0',
    id: crypto.randomUUID(),
    type: 'review.added',
    source: 'reviews',
    subject: productId,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    dataversion: 1,
    audience,
    data: {},
  };
}
