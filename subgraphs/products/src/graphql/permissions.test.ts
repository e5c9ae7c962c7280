import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { TestService } from '../testing/service.ts';
import { startTestService } from '../testing/service.ts';

let service: TestService;
beforeAll(async () => {
  service = await startTestService();
});
afterAll(() => service.close());

describe('the subgraph', () => {
  it('answers 401 without a token, or with one for another service', async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`${service.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({
          query: '{ _entities(representations: [{ __typename: "Product", id: "1" }]) { __typename } }',
        }),
      });

    const forOrders = await service.mint({ audience: 'orders' });
    const answers = await Promise.all([
      ask({}),
      ask({ authorization: `Bearer ${forOrders}` }),
      ask({ 'x-user-id': '1' }),
    ]);

    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    await expect(answers[0]?.json()).resolves.toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
  });

  it('lets nobody write without the scope products:write', async () => {
    const { data, errors } = await service.ask({
      query: 'mutation { deleteProduct(id: "1") { __typename } }',
      scopes: ['stock:read'],
    });

    expect(data).toBeNull();
    expect(errors).toMatchObject([{ message: 'Not allowed', extensions: { code: 'FORBIDDEN' } }]);
  });

  it('shows what is reserved to those with the scope stock:read alone, on entities too', async () => {
    const query = `{ _entities(representations: [{ __typename: "Product", id: "1" }]) {
      ... on Product { stock { available reserved } } } }`;

    const customer = await service.ask({ query });
    const clerk = await service.ask({ query, scopes: ['stock:read'] });

    expect(customer.data).toEqual({ _entities: [{ stock: { available: 100, reserved: null } }] });
    expect(customer.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    expect(clerk.data).toEqual({ _entities: [{ stock: { available: 100, reserved: 0 } }] });
  });
});
