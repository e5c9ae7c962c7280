import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { orderCreated } from '@storefront/schema/events/order-created.ts';
import { type GraphQLSchema, parse } from 'graphql';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import { type TestGraph, aRequest, aUser, startTestGraph } from './testing/test-graph.ts';
import type { TestSubgraph } from './testing/test-subgraph.ts';

const sdlOf = (name: string) => readFileSync(new URL(`../../../schema/${name}.graphql`, import.meta.url), 'utf8');
const money = { amountMinor: 1250, currency: 'EUR', formatted: '€12.50' };

const users: TestSubgraph = {
  name: 'users',
  sdl: sdlOf('users'),
  resolvers: { User: { __resolveReference: ({ id }: { id: string }) => ({ id, name: `Person ${id}` }) } },
};
const products: TestSubgraph = {
  name: 'products',
  sdl: sdlOf('products'),
  resolvers: {
    Product: {
      __resolveReference: ({ id }: { id: string }) => ({
        id,
        name: `Thing ${id}`,
        stock: { available: 3, inStock: true, reserved: 1 },
      }),
    },
  },
};
const orders: TestSubgraph = {
  name: 'orders',
  sdl: sdlOf('orders'),
  resolvers: {
    Subscription: {
      orderCreated: {
        resolve: ({ event, cursor }: { event: DomainEvent; cursor: string }) => toPayload(event, cursor),
      },
    },
  },
};

function toPayload(event: DomainEvent, cursor: string) {
  const lines = [{ product: { id: '7' }, quantity: 2, unitPrice: money, lineTotal: money }];
  const order = { id: event.subject, status: 'PENDING', buyer: { id: '1' }, lines, total: money };
  return { cursor, type: event.type, occurredAt: event.time, order };
}

const event = orderCreated.create({
  id: '01890000-0000-7000-8000-000000000001',
  source: '/orders',
  subject: '42',
  time: new Date('2026-01-31T09:30:00.000Z'),
  audience: ['1'],
  data: {
    orderId: '42',
    buyerId: '1',
    lines: [{ productId: '7', quantity: 2, unitPrice: { amountMinor: 625, currency: 'EUR' } }],
    total: { amountMinor: 1250, currency: 'EUR' },
    placedAt: '2026-01-31T09:30:00.000Z',
  },
});

let graph: TestGraph;

beforeAll(async () => {
  graph = await startTestGraph([users, products, orders], { expected: ['users', 'products', 'orders'] });
}, 30_000);
afterAll(() => graph.close());
beforeEach(() => {
  graph.requests.length = 0;
});

describe('executeEvent', () => {
  const source = `subscription {
    orderCreated { cursor type occurredAt order { id total { formatted } lines { quantity product { name } } buyer { name } } }
  }`;

  it('resolves the event where it comes from and the rest where it lives', async () => {
    const result = await graph.engine.executeEvent({ ...aRequest(source, { caller: aUser() }), event, cursor: 'c-1' });

    expect(result).toEqual({
      data: {
        orderCreated: {
          cursor: 'c-1',
          type: 'order.created',
          occurredAt: '2026-01-31T09:30:00.000Z',
          order: {
            id: '42',
            total: { formatted: '€12.50' },
            lines: [{ quantity: 2, product: { name: 'Thing 7' } }],
            buyer: { name: 'Person 1' },
          },
        },
      },
    });
    expect(graph.requests.map(({ subgraph }) => subgraph).sort()).toEqual(['orders', 'products', 'users']);
  });

  it('leaves out of an event what the subscriber may not see', async () => {
    const deep = 'subscription { orderCreated { order { id lines { product { name stock { reserved } } } } } }';

    const result = await graph.engine.executeEvent({ ...aRequest(deep, { caller: aUser() }), event, cursor: 'c-1' });

    expect(result.data).toEqual({
      orderCreated: { order: { id: '42', lines: [{ product: { name: 'Thing 7', stock: { reserved: null } } }] } },
    });
    expect(result.errors?.[0]?.path).toEqual(['orderCreated', 'order', 'lines', '@', 'product', 'stock', 'reserved']);
  });

  it('asks no subgraph for a subscriber who may not see the field', async () => {
    const result = await graph.engine.executeEvent({ ...aRequest(source), event, cursor: 'c-1' });

    expect(result.data).toBeNull();
    expect(result.errors?.[0]?.extensions['code']).toBe('UNAUTHORIZED_FIELD_OR_TYPE');
    expect(graph.requests).toEqual([]);
  });

  it('refuses an operation that is no subscription', async () => {
    const result = await graph.engine.executeEvent({ ...aRequest('{ me { id } }'), event, cursor: 'c-1' });

    expect(result.errors?.[0]?.extensions['code']).toBe('BAD_USER_INPUT');
  });
});

describe('authorizeSubscription', () => {
  it('gives the reasons before anything is subscribed', () => {
    const request = aRequest('subscription { orderCreated { order { id } } }');

    const anonymous = graph.engine.authorizeSubscription(request);
    const signedIn = graph.engine.authorizeSubscription({ ...request, caller: aUser() });

    expect(anonymous.map(({ path, extensions }) => [path, extensions['code']])).toEqual([
      [['orderCreated'], 'UNAUTHORIZED_FIELD_OR_TYPE'],
    ]);
    expect(signedIn).toEqual([]);
  });
});

describe('liveField', () => {
  const read = async (source: string, variables: Record<string, unknown> = {}) => {
    const served = await graph.graphWhere(() => true);
    return graph.engine.liveField(served, parse(source), undefined, variables);
  };

  it('reads the events, the filter and the cursor of a subscription', async () => {
    const source =
      'subscription ($order: ID, $after: String) { ...F } fragment F on Subscription { orderUpdated(orderId: $order, after: $after) { type } }';

    await expect(read(source, { order: '42', after: 'c-9' })).resolves.toEqual({
      events: ['order.confirmed', 'order.rejected', 'order.cancelled'],
      filter: { attribute: 'subject', value: '42' },
      seesAll: 'orders:read',
      after: 'c-9',
      afterVariable: 'after',
    });
  });

  it('has no filter when the argument is left out', async () => {
    await expect(read('subscription { orderUpdated { type } }')).resolves.toMatchObject({
      filter: null,
      after: null,
      afterVariable: null,
    });
  });

  it('refuses a query', async () => {
    await expect(read('{ me { id } }')).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('the storefront graph', () => {
  it('is an API schema without the machinery', async () => {
    const { schema, subgraphs }: { schema: GraphQLSchema; subgraphs: readonly { name: string }[] } =
      await graph.graphWhere(() => true);

    expect(subgraphs.map(({ name }) => name)).toEqual(['orders', 'products', 'users']);
    expect(schema.getQueryType()?.getFields()['_entities']).toBeUndefined();
    expect(schema.getDirective('requiresScopes')).toBeUndefined();
  });
});
