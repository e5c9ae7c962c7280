import { afterEach, describe, expect, it } from '@jest/globals';
import { readExposition, valueOf } from '@storefront/platform/testing/exposition.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { type Closers, post, startFileGateway } from './testing/file-gateway.ts';

const closers: Closers = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const ask = (url: string, query: string) => post(`${url}/graphql`, { query }).then((response) => response.json());

describe('the measures of the gateway', () => {
  it('are told at a port of their own, by operation, subgraph and step', async () => {
    const { url, metricsUrl } = await startFileGateway(closers, { METRICS_PORT: '0' });
    await ask(url, 'query Best { book { title } }');
    await ask(url, 'query Broken { fault }');
    await ask(url, 'query Best { book { title } }');

    const count = 'graphql_operation_seconds_count';
    const series = await until(async () => {
      const told = readExposition(await (await fetch(metricsUrl ?? '')).text());
      return valueOf(told, count, { outcome: 'ok' }) === 2 && told;
    });

    expect(valueOf(series, count, { operation: 'Best', type: 'query', service: 'gateway' })).toBe(2);
    expect(valueOf(series, count, { operation: 'Broken', outcome: 'errors' })).toBe(1);
    expect(valueOf(series, 'graphql_errors_total')).toBe(1);
    expect(valueOf(series, 'subgraph_fetch_seconds_count', { subgraph: 'books', outcome: 'ok' })).toBe(3);
    expect(valueOf(series, 'subgraph_breaker_phase', { subgraph: 'books', phase: 'closed' })).toBe(1);
    expect(valueOf(series, 'planning_seconds_count', { step: 'plan' })).toBe(2);
    expect(valueOf(series, 'planning_seconds_count', { step: 'compile' })).toBe(2);
    expect(valueOf(series, 'graph_serving')).toBe(1);
    expect(valueOf(series, 'plan_cache_plans')).toBe(2);
    expect(valueOf(series, 'composition_faults')).toBe(0);
    expect(valueOf(series, 'subgraph_second_attempts_total', { subgraph: 'books', kind: 'retry' })).toBe(0);
    expect(valueOf(series, 'subgraph_ejections_total', { subgraph: 'loans' })).toBe(0);
    expect(valueOf(series, 'requests_in_flight')).toBe(0);
    expect(valueOf(series, 'requests_limit')).toBeGreaterThan(0);
    expect(valueOf(series, 'requests_shed_total', { reason: 'limit' })).toBe(0);
    expect(valueOf(series, 'nodejs_eventloop_lag_p99_seconds')).not.toBeNull();
  });

  it('are nowhere to be had where the public comes, nor anywhere unless they are wanted', async () => {
    const measured = await startFileGateway(closers, { METRICS_PORT: '0' });
    const silent = await startFileGateway(closers, {});

    expect((await fetch(`${measured.url}/metrics`)).status).toBe(404);
    expect(silent.metricsUrl).toBeNull();
    expect((await fetch(`${silent.url}/metrics`)).status).toBe(404);
  });
});
