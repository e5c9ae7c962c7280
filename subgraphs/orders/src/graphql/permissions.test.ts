import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import type { Order } from '../domain/order.ts';
import { admin, anonymous, type Ask, aUser, openTestGraph, tenEuroCatalogue } from '../testing/graph.ts';
import { openTestStorage, placed, type TestStorage } from '../testing/storage.ts';

const buyer = aUser('1');
const other = aUser('2');
let storage: TestStorage;
let server: FastifyInstance;
let ask: Ask;
let order: Order;

beforeAll(async () => {
  storage = await openTestStorage();
  ({ ask, server } = await openTestGraph(storage, tenEuroCatalogue));
  order = await placed(storage.store(), { buyerId: '1' });
});
afterAll(async () => {
  await server.close();
  await storage.close();
});

const codes = ({ errors }: Awaited<ReturnType<Ask>>) => errors?.map(({ extensions }) => extensions.code);
const byReference = (fields: string, representation: object) => ({
  query: `query ($of: [_Any!]!) { _entities(representations: $of) { ${fields} } }`,
  variables: { of: [representation] },
});

describe('an order', () => {
  const fields = '... on Order { id total { formatted } lines { quantity } history { to } buyer { id } }';
  const whole = {
    id: '1',
    total: { formatted: '€12.50' },
    lines: [{ quantity: 1 }],
    history: [{ to: 'PENDING' }],
    buyer: { id: '1' },
  };
  const question = () => ({ query: `query ($id: ID!) { order(id: $id) { ${fields} } }`, variables: { id: order.id } });

  it.each([
    ['its buyer', buyer],
    ['an admin', admin],
  ])('is shown whole to %s, by query and by reference', async (_who, caller) => {
    const asked = await ask(caller, question());
    const referred = await ask(caller, byReference(fields, { __typename: 'Order', id: order.id }));

    expect(asked).toEqual({ data: { order: whole } });
    expect(referred).toEqual({ data: { _entities: [whole] } });
  });

  it('is unknown to another user, like one that does not exist', async () => {
    const foreign = await ask(other, question());
    const missing = await ask(buyer, { ...question(), variables: { id: '4711' } });
    const nonsense = await ask(buyer, { ...question(), variables: { id: "1'; drop table orders" } });

    expect([foreign, missing, nonsense]).toEqual(Array.from({ length: 3 }, () => ({ data: { order: null } })));
  });

  it.each([
    ['another user', other],
    ['nobody known', anonymous],
  ])('is not shown to %s by reference, not one field', async (_who, caller) => {
    for (const field of ['id', 'status', 'placedAt', 'buyer { id }', 'lines { quantity }', 'total { amountMinor }']) {
      const answer = await ask(caller, byReference(`... on Order { ${field} }`, { __typename: 'Order', id: order.id }));

      expect(codes(answer)).toEqual(['FORBIDDEN']);
      expect(JSON.stringify(answer.data)).toMatch(/^{"_entities":\[(null|{"buyer":null})\]}$/);
    }
  });

  it('asks nobody known to sign in', async () => {
    const answers = await Promise.all([
      ask(anonymous, question()),
      ask(anonymous, '{ orders { nodes { id } } }'),
      ask(anonymous, 'mutation { createOrder(input: { lines: [{ productId: 1 }] }) { __typename } }'),
      ask(anonymous, 'mutation { cancelOrder(id: 1) { __typename } }'),
    ]);

    expect(answers.map(codes)).toEqual(Array.from({ length: 4 }, () => ['UNAUTHENTICATED']));
  });
});

describe('lists of orders', () => {
  it("hold the caller's own, and all for an admin", async () => {
    const query = '{ orders { nodes { id } pageInfo { hasNextPage } } }';

    const [own, none, all] = await Promise.all([buyer, other, admin].map((caller) => ask(caller, query)));

    expect(own?.data).toMatchObject({ orders: { nodes: [{ id: order.id }] } });
    expect(none?.data).toMatchObject({ orders: { nodes: [] } });
    expect(all?.data).toMatchObject({ orders: { nodes: [{ id: order.id }] } });
  });

  it('of a user are for that user and for admins', async () => {
    const question = byReference('... on User { id orders { nodes { id } } }', { __typename: 'User', id: '1' });

    const [own, foreign, unknown, all] = await Promise.all(
      [buyer, other, anonymous, admin].map((caller) => ask(caller, question)),
    );

    const full = { data: { _entities: [{ id: '1', orders: { nodes: [{ id: order.id }] } }] } };
    expect([own, all]).toEqual([full, full]);
    for (const denied of [foreign, unknown]) {
      expect(denied).toMatchObject({ data: { _entities: [{ id: '1', orders: null }] } });
      expect(denied && codes(denied)).toEqual(['FORBIDDEN']);
    }
  });
});

describe('ordering for somebody else', () => {
  const order =
    'mutation { createOrder(input: { userId: 1, lines: [{ productId: 1 }] }) { ... on CreateOrderSuccess { order { buyer { id } } } } }';

  it('is for admins', async () => {
    const refused = await ask(other, order);
    const done = await ask(admin, order);

    expect([refused.data, codes(refused)]).toEqual([null, ['FORBIDDEN']]);
    expect(done).toEqual({ data: { createOrder: { order: { buyer: { id: '1' } } } } });
  });

  it('and cancelling for somebody else, too: to others the order is unknown', async () => {
    const cancel = {
      query: 'mutation ($id: ID!) { cancelOrder(id: $id) { __typename } }',
      variables: { id: (await placed(storage.store())).id },
    };

    const refused = await ask(other, cancel);
    const readOnly = await ask(aUser('3', 'orders:read'), cancel);
    const done = await ask(admin, cancel);

    expect([refused, readOnly, done].map(({ data }) => data)).toEqual([
      { cancelOrder: { __typename: 'NotFound' } },
      { cancelOrder: { __typename: 'NotFound' } },
      { cancelOrder: { __typename: 'CancelOrderSuccess' } },
    ]);
  });
});
