import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { type RunningStack, startStack } from '@storefront/stack/src/start-stack.ts';
import { Client } from 'pg';
import { type Customer, newCustomer } from '../testing/customers.ts';
import { ask } from '../testing/graphql.ts';

const orderList = `query ($first: Int!) {
  orders(first: $first) {
    nodes {
      id
      buyer { name orders(first: 2) { nodes { id } } }
      history { to at }
      lines { quantity product { name price { formatted } stock { available } unitsSold shippingEstimate { formatted } } }
    }
  }
}`;

describe('a list over three subgraphs', () => {
  let state: string;
  let stack: RunningStack;
  let postgres: Client;
  let ada: Customer;

  // A stack of its own: what other tests ask of a shared one would be counted too.
  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'storefront-statements-'));
    // What is kept is not read, and would not be counted.
    stack = await startStack({ state, ports: 'free', environment: { ENTITY_CACHE: 'false' } });
    ada = await newCustomer(stack, 'Ada');
    postgres = new Client({ connectionString: stack.servers.postgres });
    await postgres.connect();
    await postgres.query('CREATE EXTENSION IF NOT EXISTS pg_stat_statements');
    const lines = ['1', '2', '3', '4', '5'].map((productId) => ({ productId }));
    for (let count = 0; count < 12; count += 1) {
      await ask(stack.gateway.graphql, {
        token: ada.token,
        query: 'mutation ($input: CreateOrderInput!) { createOrder(input: $input) { __typename } }',
        variables: { input: { lines: lines.slice(count % 5) } },
      });
    }
    const pending = { token: ada.token, query: '{ orders(status: PENDING) { nodes { id } } }' };
    await until(async () => (await ask(stack.gateway.graphql, pending)).data?.orders.nodes.length === 0);
  }, 90_000);

  afterAll(async () => {
    await postgres?.end();
    await stack?.close();
    await rm(state, { recursive: true, force: true });
  }, 60_000);

  /** How many SELECTs on the services' tables one query causes; the least of three times, since the services also work for themselves. */
  async function countSelects(first: number): Promise<{ selects: number; listed: number }> {
    const counts: number[] = [];
    let listed = 0;
    for (let time = 0; time < 3; time += 1) {
      await postgres.query('SELECT pg_stat_statements_reset()');
      const answer = await ask(stack.gateway.graphql, { token: ada.token, query: orderList, variables: { first } });
      expect(answer.errors).toBeUndefined();
      listed = answer.data?.orders.nodes.length;
      counts.push(await selectsSinceReset());
    }
    return { selects: Math.min(...counts), listed };
  }

  async function selectsSinceReset(): Promise<number> {
    const { rows } = await postgres.query(
      `SELECT coalesce(sum(calls), 0)::int AS count FROM pg_stat_statements JOIN pg_roles ON pg_roles.oid = userid
       WHERE rolname IN ('users', 'products', 'orders') AND query ~* '^(with|select)' AND query !~* 'outbox|inbox|pg_'`,
    );
    return Number(rows[0]?.['count']);
  }

  it('costs the same number of statements for two rows as for twelve', async () => {
    const few = await countSelects(2);
    const many = await countSelects(12);

    expect([few.listed, many.listed]).toEqual([2, 12]);
    expect(few.selects).toBeGreaterThanOrEqual(5);
    expect(many.selects).toBe(few.selects);
  });
});
