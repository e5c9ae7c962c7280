import { randomUUID } from 'node:crypto';
import { orderCreated } from '@storefront/schema/events/order-created.ts';
import type { GraphQLAnswer } from '../testing/graphql.ts';
import type { Class, Who } from './law.ts';
import { type Fields, readFields, type Subgraph, subgraphs } from './schema-paths.ts';
import type { World } from './world.ts';

/** A way to an object of a type. `reach` is for whom the way itself is; `at` is where the object stands in the answer. */
export interface Entrance {
  readonly name: string;
  readonly type: string;
  readonly fields: Fields;
  readonly reach: readonly Class[];
  readonly at: readonly string[];
  ask(who: Who, selection: string): Promise<GraphQLAnswer>;
}

/** Every way to a user, a product, an order and an event of an order: through the gateway, and past it with tokens of its making. */
export function entrancesOf(world: World): readonly Entrance[] {
  const { owner } = world;
  const all = readFields(subgraphs);
  const gateway = (type: string, query: string, at: string, reach: readonly Class[] = []): Entrance => ({
    name: `gateway: ${short(query)}`,
    type,
    fields: all,
    reach,
    at: at.split('.'),
    ask: (who, selection) => world.askGateway(who, { query: fill(query, world, selection) }, owner),
  });
  const subgraph = (name: Subgraph, type: string, query: string, at: string): Entrance => ({
    name: `${name}: ${short(query)}`,
    type,
    fields: readFields([name]),
    reach: [],
    at: at.split('.'),
    ask: (who, selection) => world.askSubgraph({ name }, who, { query: fill(query, world, selection) }, owner),
  });
  const entity = (name: Subgraph, type: string, key: string) =>
    subgraph(
      name,
      type,
      `{ _entities(representations: [{ __typename: "${type}", ${key} }]) { ... on ${type} { SELECTION } } }`,
      '_entities',
    );
  const event = (type: string, inner: string, at: string): Entrance => ({
    name: `orders, event: ${inner.replace('SELECTION', '…')}`,
    type,
    fields: readFields(['orders']),
    reach: [],
    at: at.split('.'),
    ask: (who, selection) => {
      const query = `subscription { orderCreated { ${inner.replace('SELECTION', selection)} } }`;
      return world.askSubgraph(
        { name: 'orders', purpose: 'event' },
        who,
        { query, extensions: announce(world) },
        owner,
      );
    },
  });
  const [isUser, isProduct, isOrder] = ['id: "OWNER"', 'id: "PRODUCT", weightGrams: 100', 'id: "ORDER"'] as const;
  return [
    ...rootFieldsOf(world),
    gateway('User', '{ user(id: "OWNER") { SELECTION } }', 'user'),
    gateway('User', '{ order(id: "ORDER") { buyer { SELECTION } } }', 'order.buyer', ['owner or admin']),
    subgraph('users', 'User', '{ user(id: "OWNER") { SELECTION } }', 'user'),
    entity('users', 'User', isUser),
    entity('orders', 'User', isUser),
    gateway('Product', '{ product(id: "PRODUCT") { SELECTION } }', 'product'),
    gateway('Product', '{ order(id: "ORDER") { lines { product { SELECTION } } } }', 'order.lines.product', [
      'owner or admin',
    ]),
    subgraph('products', 'Product', '{ product(id: "PRODUCT") { SELECTION } }', 'product'),
    entity('products', 'Product', isProduct.split(',')[0] ?? ''),
    entity('orders', 'Product', isProduct),
    gateway('Order', '{ order(id: "ORDER") { SELECTION } }', 'order', ['owner or admin']),
    gateway('Order', '{ user(id: "OWNER") { orders { nodes { SELECTION } } } }', 'user.orders.nodes', [
      'owner or admin',
    ]),
    subgraph('orders', 'Order', '{ order(id: "ORDER") { SELECTION } }', 'order'),
    entity('orders', 'Order', isOrder),
    event('Order', 'order { SELECTION }', 'orderCreated.order'),
    event('OrderEvent', 'SELECTION', 'orderCreated'),
  ];
}

const rootSelections: Readonly<Record<Subgraph, readonly string[]>> = {
  users: ['me { id }', 'user(id: "OWNER") { id }', 'users { nodes { id } }'],
  products: ['product(id: "PRODUCT") { id }', 'products { nodes { id } }'],
  orders: ['order(id: "ORDER") { id }', 'orders { nodes { id } }'],
};

/** The root fields, each through the gateway and past it. What comes of them is judged, so that null is nothing. */
function rootFieldsOf(world: World): readonly Entrance[] {
  const { owner } = world;
  return subgraphs.flatMap((name) =>
    rootSelections[name].flatMap((text) => {
      const [field = ''] = /^\w+/.exec(text) ?? [];
      const root = { type: 'Query', reach: [], at: [], fields: new Map([['Query', new Map([[field, leaf]])]]) };
      const query = (selection: string) => fill(`{ ${text} }`, world, selection);
      return [
        { ...root, name: 'gateway', ask: (who: Who) => world.askGateway(who, { query: query('') }, owner) },
        { ...root, name: 'subgraph', ask: (who: Who) => world.askSubgraph({ name }, who, { query: query('') }, owner) },
      ];
    }),
  );
}

const leaf = { type: 'value', needsArguments: false };

const fill = (query: string, { owner, productId }: World, selection: string) =>
  query
    .replace('SELECTION', selection)
    .replace('OWNER', owner.id)
    .replace('ORDER', owner.orderId)
    .replace('PRODUCT', productId);

const short = (query: string) => query.replace('SELECTION', '…').replaceAll('"', '');

/** The owner's order, as the gateway hands its event over. */
function announce({ owner, productId }: World): object {
  const money = { amountMinor: 100, currency: 'EUR' };
  const event = orderCreated.create({
    id: randomUUID(),
    source: 'orders',
    subject: owner.orderId,
    time: new Date(),
    audience: [owner.id],
    data: {
      orderId: owner.orderId,
      buyerId: owner.id,
      lines: [{ productId, quantity: 1, unitPrice: money }],
      total: money,
      placedAt: new Date().toISOString(),
    },
  });
  return { event: { event, cursor: '1-0' } };
}
