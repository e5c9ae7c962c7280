import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { type Customer, newCustomer } from '../testing/customers.ts';
import { ask, subscribe } from '../testing/graphql.ts';
import { sharedStack } from '../testing/stack.ts';
import { startReviews } from './reviews.ts';

const stack = sharedStack();

describe('a fourth subgraph, started by hand', () => {
  let reviews: Awaited<ReturnType<typeof startReviews>>;
  let startedAt: number;
  let ada: Customer;

  beforeAll(async () => {
    ada = await newCustomer(stack, 'Ada');
    reviews = await startReviews(stack);
    startedAt = Date.now();
  });

  afterAll(() => reviews.close());

  it('joins the running graph within 3 s', async () => {
    const query = '{ product(id: 1) { name reviews { text } } }';

    const answer = await until(
      async () => {
        const tried = await ask(stack.gateway.graphql, { query });
        return tried.errors ? null : tried;
      },
      { timeoutMs: 3_000 },
    );

    expect(Date.now() - startedAt).toBeLessThan(3_000);
    expect(answer.data?.product).toEqual({ name: expect.any(String), reviews: [{ text: 'A fine thing, product 1' }] });
  });

  it('brings a live field that the gateway was never told of', async () => {
    const live = await subscribe(stack.gateway.websocket, {
      token: ada.token,
      query: 'subscription { reviewAdded(productId: "2") { review { text product { name } } } }',
    });

    await reviews.announce('1', [ada.id]);
    await reviews.announce('2', ['999999']);
    await reviews.announce('2', [ada.id]);

    expect((await live.next()).data).toEqual({
      reviewAdded: { review: { text: 'A fine thing, product 2', product: { name: expect.any(String) } } },
    });
    expect(live.waiting).toEqual([]);
    await live.close();
  });
});
