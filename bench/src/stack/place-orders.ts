import type { Account } from '@storefront/stack/src/description.ts';
import { ask } from '../answers.ts';

const createOrder = 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { __typename } }';
const ordersEach = 15;
const settleMs = 60_000;

/**
 * Places fifteen orders of two to four lines for each account and waits until every one of them is decided, so that from
 * then on the same question has the same answer. @throws Error when an order is refused, or undecided after a minute
 */
export async function placeOrders(graphql: string, accounts: readonly Account[]): Promise<void> {
  for (let number = 0; number < ordersEach; number += 1) {
    for (const account of accounts) {
      const lines = Array.from({ length: 2 + (number % 3) }, (_, line) => ({ productId: 1 + ((number + line) % 12) }));
      const answer = await askAs(account, graphql, { query: createOrder, variables: { input: { lines } } });
      if (!JSON.stringify(answer).includes('CreateOrderSuccess')) throw new Error(`refused: ${JSON.stringify(answer)}`);
    }
  }
  const deadline = performance.now() + settleMs;
  for (const account of accounts) {
    const pending = { query: '{ orders(status: PENDING) { nodes { id } } }' };
    for (;;) {
      const answer = (await askAs(account, graphql, pending)) as { data?: { orders?: { nodes: readonly unknown[] } } };
      if (answer.data?.orders?.nodes.length === 0) break;
      if (performance.now() > deadline) throw new Error('orders are still undecided after a minute');
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function askAs({ token }: Account, graphql: string, body: object): Promise<unknown> {
  return ask(graphql, JSON.stringify(body), { authorization: `Bearer ${token}` });
}
