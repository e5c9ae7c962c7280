import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { userDeleted } from '@storefront/schema/events/user-deleted.ts';
import { type TestService, callerOf, startTestService } from '../testing/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

const addMutation = `mutation ($input: AddReviewInput!) { addReview(input: $input) {
  __typename ... on AddReviewSuccess { review { id text product { id } author { id } } } ... on UserError { message path }
} }`;

/** Adds a review as a customer and returns what the mutation came to. */
async function add(userId: string, input: { productId: string; text: string }) {
  const { data } = await service.ask<{ addReview: { review: { id: string } } }>(addMutation, {
    variables: { input },
    caller: callerOf(userId),
  });
  return data.addReview;
}

/** What the gateway asks for: fields of entities that another subgraph named. */
async function reviewsOf(productId: string) {
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Product { reviews(first: 2) { text } } } }`;
  const variables = { of: [{ __typename: 'Product', id: productId }] };
  const { data } = await service.ask<{ _entities: [{ reviews: { text: string }[] }] }>(query, { variables });
  return data._entities[0].reviews.map(({ text }) => text);
}

describe('reviews', () => {
  it('are added by those who are signed in', async () => {
    const added = await add('7', { productId: '1', text: ' Good ' });
    const refused = await service.ask(addMutation, { variables: { input: { productId: '1', text: 'Bad' } } });

    expect(added).toEqual({
      __typename: 'AddReviewSuccess',
      review: { id: expect.any(String), text: 'Good', product: { id: '1' }, author: { id: '7' } },
    });
    expect(refused).toMatchObject({ data: null, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('are refused as a value when they say nothing', async () => {
    const refused = await add('7', { productId: '1', text: ' ' });

    expect(refused).toEqual({ __typename: 'InvalidInput', message: 'The text is empty.', path: ['input', 'text'] });
  });

  it('are fields of products, the newest first', async () => {
    for (const text of ['first', 'second', 'third']) await add('7', { productId: '2', text });

    expect(await reviewsOf('2')).toEqual(['third', 'second']);
    expect(await reviewsOf('404')).toEqual([]);
  });

  it('show their author to those who are signed in alone, on entities too', async () => {
    const { review } = await add('7', { productId: '3', text: 'Mine' });
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Review { text author { id } } } }`;
    const variables = { of: [{ __typename: 'Review', id: review.id }] };

    const stranger = await service.ask(query, { variables });
    const customer = await service.ask(query, { variables, caller: callerOf('8') });

    expect(stranger).toMatchObject({
      data: { _entities: [{ text: 'Mine', author: null }] },
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
    expect(customer).toEqual({ data: { _entities: [{ text: 'Mine', author: { id: '7' } }] } });
  });

  it('stay without their author when the account is gone', async () => {
    const { review } = await add('9', { productId: '4', text: 'Leaving' });
    const event = { id: randomUUIDv7(), source: 'users', subject: '9', time: new Date(), audience: [] };
    const authorOf = async () => {
      const query = `{ review(id: "${review.id}") { text author { id } } }`;
      const { data } = await service.ask<{ review: { text: string; author: object | null } }>(query, {
        caller: callerOf('8'),
      });
      return data.review;
    };

    await service.bus.publish(userDeleted.create({ ...event, data: { userId: '9' } }), userDeleted.exchange);

    await until(async () => (await authorOf()).author === null);
    expect((await authorOf()).text).toBe('Leaving');
  });
});

describe('the service', () => {
  it('answers nobody but the gateway', async () => {
    const response = await fetch(`${service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __typename }' }),
    });

    expect(response.status).toBe(401);
  });
});
