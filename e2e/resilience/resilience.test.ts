import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@storefront/platform/testing/until.ts';
import { type RunningStack, startStack } from '@storefront/stack/src/start-stack.ts';
import { ask } from '../testing/graphql.ts';

describe('with two instances of each service', () => {
  let state: string;
  let stack: RunningStack;

  beforeAll(async () => {
    state = await mkdtemp(join(tmpdir(), 'storefront-resilience-'));
    stack = await startStack({ state, ports: 'free', replicas: 2, environment: { RATE_LIMIT_BURST: '100000' } });
  }, 90_000);

  afterAll(async () => {
    await stack?.close();
    await rm(state, { recursive: true, force: true });
  }, 60_000);

  const productNames = () => ask(stack.gateway.graphql, { query: '{ products(first: 3) { nodes { name } } }' });

  it('answers every query while one of two instances is killed under load', async () => {
    const failures: unknown[] = [];
    let isKilled = false;
    let answeredAfter = 0;
    const end = Date.now() + 4_000;
    const load = async () => {
      while (Date.now() < end) {
        const answer = await productNames();
        if (answer.errors) failures.push(answer.errors);
        if (isKilled) answeredAfter += 1;
      }
    };

    const loads = [load(), load(), load(), load()];
    await stack.kill('products', 0, 'SIGKILL');
    isKilled = true;
    await Promise.all(loads);

    expect(failures).toEqual([]);
    expect(answeredAfter).toBeGreaterThan(20);
  }, 20_000);

  it('answers with what the others have when a subgraph is gone, and heals when it is back', async () => {
    const query = '{ user(id: 1) { name } products(first: 1) { nodes { name } } }';
    await stack.kill('products', 1, 'SIGKILL');

    const partial = await until(async () => {
      const answer = await ask(stack.gateway.graphql, { query: '{ user(id: 1) { name } product(id: 1) { name } }' });
      return answer.errors ? answer : null;
    });

    expect(partial.data).toEqual({ user: { name: expect.any(String) }, product: null });
    expect(partial.errors).toEqual([
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'SUBGRAPH_UNAVAILABLE' }) }),
    ]);
    expect(JSON.stringify(partial)).not.toMatch(/127\.0\.0\.1|ECONNREFUSED/);

    await stack.start('products', 0);
    await until(async () => !(await ask(stack.gateway.graphql, { query })).errors, { timeoutMs: 15_000 });
  }, 40_000);
});
