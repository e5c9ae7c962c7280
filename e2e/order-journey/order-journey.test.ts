import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { type Customer, newCustomer } from '../testing/customers.ts';
import { ask, type LiveTest, subscribe } from '../testing/graphql.ts';
import { account, sharedStack } from '../testing/stack.ts';

const stack = sharedStack();
const [replicaA = '', replicaB = ''] = stack.replicas?.gateway ?? [];
const admin = account(stack, 'admin');

const liveOrder = `subscription {
  orderCreated {
    cursor type
    order { id total { formatted } lines { quantity product { name } } buyer { name } }
  }
}`;

const graphqlOf = (replica: string) => `${replica}/graphql`;
const socketOf = (replica: string) => `${replica.replace('http', 'ws')}/graphql`;

async function placeOrder(token: string, lines: object[], replica = replicaA): Promise<string> {
  const answer = await ask(graphqlOf(replica), {
    token,
    query: `mutation ($input: CreateOrderInput!) {
      createOrder(input: $input) { __typename ... on CreateOrderSuccess { order { id status } } ... on UserError { message } }
    }`,
    variables: { input: { lines } },
  });
  expect(answer.data?.createOrder).toMatchObject({ __typename: 'CreateOrderSuccess', order: { status: 'PENDING' } });
  return answer.data.createOrder.order.id;
}

describe('the way of an order', () => {
  const open: LiveTest[] = [];
  let ada: Customer;
  let grace: Customer;

  beforeAll(async () => {
    ada = await newCustomer(stack, 'Ada');
    grace = await newCustomer(stack, 'Grace');
  });

  async function listen(replica: string, token: string, query = liveOrder, variables = {}): Promise<LiveTest> {
    const live = await subscribe(socketOf(replica), { query, token, variables });
    open.push(live);
    return live;
  }

  afterEach(async () => {
    await Promise.all(open.splice(0).map((live) => live.close()));
  });

  it('shows users, products and orders as one graph', async () => {
    await placeOrder(ada.token, [{ productId: '1', quantity: 2 }]);

    const answer = await ask(graphqlOf(replicaA), {
      token: ada.token,
      query: `{ me { name email orders(first: 1) { nodes { buyer { name } lines { quantity product { name price { formatted } shippingEstimate { amountMinor } } } } } } }`,
    });

    expect(answer.errors).toBeUndefined();
    expect(answer.data?.me).toMatchObject({
      name: expect.any(String),
      email: ada.email,
      orders: {
        nodes: [
          {
            buyer: { name: answer.data?.me.name },
            lines: [
              {
                quantity: 2,
                product: { name: expect.any(String), shippingEstimate: { amountMinor: expect.any(Number) } },
              },
            ],
          },
        ],
      },
    });
  });

  it('tells a subscriber about an order placed through another replica, with fields of every subgraph', async () => {
    const live = await listen(replicaA, ada.token);

    const orderId = await placeOrder(ada.token, [{ productId: '2', quantity: 3 }], replicaB);

    const event = await live.next();
    expect(event.errors).toBeUndefined();
    expect(event.data?.orderCreated).toMatchObject({
      type: 'order.created',
      cursor: expect.any(String),
      order: {
        id: orderId,
        total: { formatted: expect.stringMatching(/^€\d/) },
        lines: [{ quantity: 3, product: { name: expect.any(String) } }],
        buyer: { name: expect.stringMatching(/ada/i) },
      },
    });
  });

  it('shows a customer their own orders alone, and an admin all of them', async () => {
    const graces = await listen(replicaA, grace.token);
    const admins = await listen(replicaB, admin.token);

    const adasOrder = await placeOrder(ada.token, [{ productId: '1' }]);
    const gracesOrder = await placeOrder(grace.token, [{ productId: '1' }]);

    const nextOrder = async (live: LiveTest) => (await live.next()).data?.orderCreated as { order: { id: string } };
    const seenByAdmin: string[] = [];
    while (!seenByAdmin.includes(gracesOrder)) seenByAdmin.push((await nextOrder(admins)).order.id);
    expect(seenByAdmin.filter((id) => id === adasOrder || id === gracesOrder)).toEqual([adasOrder, gracesOrder]);
    expect((await nextOrder(graces)).order.id).toBe(gracesOrder);
    expect(graces.waiting).toEqual([]);
  });

  it('refuses a subscriber who is not signed in', async () => {
    const live = await subscribe(socketOf(replicaA), { query: liveOrder });
    open.push(live);

    const answer = await live.next();

    expect(answer.data).toBeNull();
    expect(answer.errors).toEqual([expect.objectContaining({ extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } })]);
  });

  it('goes on after a cursor without missing what happened meanwhile', async () => {
    const before = await listen(replicaA, ada.token);
    await placeOrder(ada.token, [{ productId: '1' }]);
    const seen = (await before.next()).data?.orderCreated as { cursor: string };
    await before.close();
    const missed = await placeOrder(ada.token, [{ productId: '1' }]);

    const query = 'subscription ($after: String) { orderCreated(after: $after) { order { id } } }';
    const resumed = await listen(replicaB, ada.token, query, { after: seen.cursor });

    expect((await resumed.next()).data).toEqual({ orderCreated: { order: { id: missed } } });
  });

  it('confirms an order when its stock is reserved, notifies the buyer and awards points', async () => {
    const updates = await listen(
      replicaA,
      grace.token,
      'subscription { orderUpdated { type order { id status history { from to } } } }',
    );
    const pointsBefore = await points();

    const orderId = await placeOrder(grace.token, [{ productId: '3', quantity: 1 }]);

    const update = await updates.next();
    expect(update.data?.orderUpdated).toMatchObject({
      type: 'order.confirmed',
      order: {
        id: orderId,
        status: 'CONFIRMED',
        history: [
          { from: null, to: 'PENDING' },
          { from: 'PENDING', to: 'CONFIRMED' },
        ],
      },
    });
    await until(async () => (await points()) > pointsBefore);
    const me = await graceAsks('{ me { notifications(first: 5) { nodes { type message } } } }');
    expect(me.data?.me.notifications.nodes.map(({ type }: { type: string }) => type)).toContain('order.confirmed');
  });

  it('rejects an order that there is no stock for', async () => {
    const updates = await listen(
      replicaA,
      grace.token,
      'subscription { orderUpdated { order { id status rejectionReason } } }',
    );

    const orderId = await placeOrder(grace.token, [{ productId: '4', quantity: 1000 }]);

    expect((await updates.next()).data?.orderUpdated).toEqual({
      order: { id: orderId, status: 'REJECTED', rejectionReason: 'OUT_OF_STOCK' },
    });
  });

  it('keeps the orders of a deleted user readable, with no buyer', async () => {
    const { id, token } = await newCustomer(stack, 'Leaver');
    const orderId = await placeOrder(token, [{ productId: '5' }]);

    await ask(graphqlOf(replicaA), {
      token,
      query: 'mutation ($id: ID!) { deleteUser(id: $id) { __typename } }',
      variables: { id },
    });

    const order = await until(async () => {
      const answer = await ask(graphqlOf(replicaA), {
        token: admin.token,
        query: 'query ($id: ID!) { order(id: $id) { id buyer { name } total { formatted } } }',
        variables: { id: orderId },
      });
      return answer.data?.order?.buyer === null ? answer.data.order : null;
    });
    expect(order).toEqual({ id: orderId, buyer: null, total: { formatted: expect.any(String) } });
  });

  const graceAsks = (query: string) => ask(graphqlOf(replicaA), { token: grace.token, query });
  const points = async (): Promise<number> => (await graceAsks('{ me { loyaltyPoints } }')).data?.me.loyaltyPoints;
});
