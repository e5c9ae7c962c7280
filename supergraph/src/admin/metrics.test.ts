import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createHttpServer, listen } from '@storefront/platform/http/server.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { openScope } from '@storefront/platform/process/scope.ts';
import { readExposition, valueOf } from '@storefront/platform/testing/exposition.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { graphql, parse } from 'graphql';
import { readGatewayConfig } from '../config.ts';
import { startGateway } from '../start-gateway.ts';

const log = createLog({ service: 'test', level: 'silent' });
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serveBooks(): Promise<string> {
  const typeDefs = parse('type Query { book: String, fault: String }');
  const fault = () => {
    throw new Error('broken');
  };
  const schema = buildSubgraphSchema([{ typeDefs, resolvers: { Query: { book: () => 'Emma', fault } } }]);
  const server = createHttpServer({ log });
  server.post('/graphql', ({ body }) => graphql({ schema, source: (body as { query: string }).query }));
  const { url } = await listen(server, { host: '127.0.0.1', port: 0 });
  closers.push(() => server.close());
  const { supergraphSdl = '' } = composeServices([{ name: 'books', url: `${url}/graphql`, typeDefs }]);
  return supergraphSdl;
}

async function start(environment: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'supergraph-'));
  closers.push(() => rm(folder, { recursive: true }));
  const path = join(folder, 'supergraph.graphql');
  await writeFile(path, await serveBooks());
  const scope = openScope('gateway', log);
  closers.push(() => scope.close());
  const gateway = await startGateway(readGatewayConfig({ PORT: '0', SUPERGRAPH_PATH: path, ...environment }), scope);
  await until(async () => (await fetch(`${gateway.url}/ready`)).ok);
  return gateway;
}

const ask = (url: string, query: string) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  }).then((response) => response.json());

describe('the measures of the gateway', () => {
  it('are told at a port of their own, by operation, subgraph and step', async () => {
    const { url, metricsUrl } = await start({ METRICS_PORT: '0' });
    await ask(url, 'query Best { book }');
    await ask(url, 'query Broken { fault }');
    await ask(url, 'query Best { book }');

    const count = 'graphql_operation_seconds_count';
    const series = await until(async () => {
      const told = readExposition(await (await fetch(metricsUrl ?? '')).text());
      return valueOf(told, count, { outcome: 'ok' }) === 2 && told;
    });

    expect(valueOf(series, count, { operation: 'Best', type: 'query', service: 'gateway' })).toBe(2);
    expect(valueOf(series, count, { operation: 'Broken', outcome: 'errors' })).toBe(1);
    expect(valueOf(series, 'graphql_errors_total')).toBe(1);
    expect(valueOf(series, 'subgraph_fetch_seconds_count', { subgraph: 'books', outcome: 'ok' })).toBe(3);
    expect(valueOf(series, 'planning_seconds_count', { step: 'plan' })).toBe(2);
    expect(valueOf(series, 'planning_seconds_count', { step: 'compile' })).toBe(2);
    expect(valueOf(series, 'graph_serving')).toBe(1);
    expect(valueOf(series, 'plan_cache_plans')).toBe(2);
    expect(valueOf(series, 'composition_faults')).toBe(0);
    expect(valueOf(series, 'nodejs_eventloop_lag_p99_seconds')).not.toBeNull();
  });

  it('are nowhere to be had where the public comes, nor anywhere unless they are wanted', async () => {
    const measured = await start({ METRICS_PORT: '0' });
    const silent = await start({});

    expect((await fetch(`${measured.url}/metrics`)).status).toBe(404);
    expect(silent.metricsUrl).toBeNull();
    expect((await fetch(`${silent.url}/metrics`)).status).toBe(404);
  });
});
