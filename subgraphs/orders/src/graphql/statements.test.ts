import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FastifyInstance } from 'fastify';
import { admin, type Ask, openTestGraph, type Question, tenEuroCatalogue } from '../testing/graph.ts';
import { openTestStorage, placed, type TestStorage } from '../testing/storage.ts';

let storage: TestStorage;
let server: FastifyInstance;
let ask: Ask;
let statements = 0;

beforeAll(async () => {
  storage = await openTestStorage();
  ({ ask, server } = await openTestGraph(storage, tenEuroCatalogue));
  for (let buyer = 1; buyer <= 4; buyer += 1) {
    for (let round = 0; round < 4; round += 1) {
      await placed(storage.store(), {
        buyerId: String(buyer),
        lines: [{ productId: '1' }, { productId: String(buyer + 1) }],
      });
    }
  }
  storage.postgres.orm.config.set('onQuery', (sql: string) => {
    statements += 1;
    return sql;
  });
});
afterAll(async () => {
  await server.close();
  await storage.close();
});

async function count(question: Question): Promise<number> {
  statements = 0;
  const { errors } = await ask(admin, question);
  expect(errors).toBeUndefined();
  return statements;
}

const fields = 'id lines { quantity product { unitsSold } } history { to } total { formatted } buyer { id }';

describe('the number of SQL statements', () => {
  it('does not depend on the length of a list of orders', async () => {
    const query = `query ($first: Int) { orders(first: $first) { nodes { ${fields} } pageInfo { endCursor } } }`;

    const short = await count({ query, variables: { first: 2 } });
    const long = await count({ query, variables: { first: 16 } });

    expect([short, long]).toEqual([4, 4]);
  });

  it('does not depend on the number of users or products that are referred to', async () => {
    const query = `query ($of: [_Any!]!) { _entities(representations: $of) {
      ... on User { orders(first: 3) { nodes { ${fields} } } } ... on Product { unitsSold } ... on Order { status } } }`;
    const references = (ids: readonly number[]) =>
      ids.flatMap((id) => [
        { __typename: 'User', id: String(id) },
        { __typename: 'Product', id: String(id) },
        { __typename: 'Order', id: String(id) },
      ]);

    const few = await count({ query, variables: { of: references([1]) } });
    const many = await count({ query, variables: { of: references([1, 2, 3, 4]) } });

    expect(many).toBe(few);
  });

  it('pages through a whole list, each order once', async () => {
    const query =
      'query ($after: String) { orders(first: 5, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }';
    type Page = { orders: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } };
    const ids: string[] = [];
    let after: string | null = null;

    do {
      const { orders } = (await ask(admin, { query, variables: { after } })).data as Page;
      ids.push(...orders.nodes.map(({ id }) => id));
      after = orders.pageInfo.hasNextPage ? orders.pageInfo.endCursor : null;
    } while (after !== null);

    expect(ids).toEqual(Array.from({ length: 16 }, (_, index) => String(16 - index)));
  });
});
