import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { type Customer, newCustomer } from '../testing/customers.ts';
import { ask, subscribe } from '../testing/graphql.ts';
import { sharedStack } from '../testing/stack.ts';
import { reviewsSdl, startReviews } from './reviews.ts';

const stack = sharedStack();

describe('a subgraph that does not fit', () => {
  const readiness = async () => {
    const response = await fetch(`${stack.gateway.http}/ready`);
    return (await response.json()) as { graph: { faults: object[] } };
  };

  it('changes nothing, is named in readiness with the rule that it breaks, and is forgotten when it leaves', async () => {
    const misfit = await startReviews(
      stack,
      reviewsSdl.replace('reviews: [Review!] }', 'reviews: [Review!] name: Int }'),
    );

    const faults = await until(async () => {
      const { graph } = await readiness();
      return graph.faults.length > 0 && graph.faults;
    });
    const answer = await ask(stack.gateway.graphql, { query: '{ product(id: 1) { name } }' });
    await misfit.close();

    expect(faults).toContainEqual(
      expect.objectContaining({
        code: expect.stringMatching(/^[A-Z_]+$/),
        subgraphs: expect.arrayContaining(['reviews']),
      }),
    );
    expect(answer).toEqual({ data: { product: { name: expect.any(String) } } });
    await until(async () => (await readiness()).graph.faults.length === 0);
  });
});

describe('a fourth subgraph, started by hand', () => {
  let reviews: Awaited<ReturnType<typeof startReviews>>;
  let ada: Customer;

  beforeAll(async () => {
    ada = await newCustomer(stack, 'Ada');
    reviews = await startReviews(stack);
  });

  afterAll(() => reviews.close());

  it('joins the running graph by itself', async () => {
    const query = '{ product(id: 1) { name reviews { text } } }';

    const answer = await until(
      async () => {
        const tried = await ask(stack.gateway.graphql, { query });
        return tried.errors ? null : tried;
      },
      { timeoutMs: 20_000 },
    );

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
