import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createLog } from '@storefront/platform/log/log.ts';
import type { Composition } from '../composition/composer.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { compose } from '../composition/compose.ts';
import { readSupergraph } from '../composition/read-supergraph.ts';
import type { Supergraph } from '../composition/supergraph.ts';
import { createEngine, type Engine, type EngineOptions } from './engine.ts';
import { aRequest } from './testing/test-graph.ts';

const sdl = 'type Query { strict: Thing thing: Thing things: [Thing] } type Thing { name: String! size: Int }';
let engine: Engine;
let supergraph: Supergraph;
let publish: (supergraph: Supergraph) => void;
beforeAll(async () => {
  const signal = new AbortController().signal;
  const outcome = await compose([{ name: 'things', url: 'http://things/graphql', sdl }], { signal });
  if ('faults' in outcome) throw new Error(outcome.faults[0]?.message);
  supergraph = readSupergraph(outcome.supergraphSdl);
});
afterEach(() => engine.close());

describe('what a subgraph answers', () => {
  it('becomes an error when it is null where the schema allows none', async () => {
    await start({ data: { strict: { name: null, size: 1 } } });

    const result = await engine.execute(aRequest('{ strict { name size } }'));

    expect(result.data).toEqual({ strict: null });
    expect(result.errors?.map((error) => error.toJSON())).toEqual([
      {
        message: 'Cannot return null for non-nullable field Thing.name.',
        path: ['strict', 'name'],
        extensions: { code: 'INVALID_SUBGRAPH_ANSWER' },
      },
    ]);
  });

  it('keeps the code of an error and nothing else that it says of itself', async () => {
    await start(withError);

    const result = await engine.execute(aRequest('{ thing { size } }'));

    expect(result.errors?.map((error) => error.toJSON())).toEqual([
      { message: 'Not allowed', path: ['thing', 'size'], extensions: { code: 'FORBIDDEN' } },
    ]);
  });

  it('is null, with an error at its place, when it does not fit the schema', async () => {
    await start({ data: { things: 'no list' } });

    const result = await engine.execute(aRequest('{ things { size } }'));

    expect(result.data).toEqual({ things: null });
    expect(result.errors?.map((error) => error.toJSON())).toEqual([
      {
        message: 'Invalid value found for field Query.things.',
        path: ['things'],
        extensions: { code: 'INVALID_SUBGRAPH_ANSWER' },
      },
    ]);
  });

  it('names no subgraph when an error says nothing', async () => {
    await start({ data: { thing: null }, errors: [{ message: '', path: ['thing'] }] });

    const result = await engine.execute(aRequest('{ thing { size } }'));

    expect(JSON.stringify(result)).not.toContain('things');
    expect(result.errors?.[0]?.message).toBe('Internal server error');
  });

  it('is told in full while developing', async () => {
    await start(withError, { showDetail: true });

    const result = await engine.execute(aRequest('{ thing { size } }'));

    expect(result.errors?.[0]?.extensions).toEqual({ code: 'FORBIDDEN', host: 'db-1', serviceName: 'things' });
  });

  it.each([['no object'], [null], [{ errors: 'no list' }]])('counts as no answer when it is %j', async (json) => {
    await start(json);

    const result = await engine.execute(aRequest('{ thing { size } }'));

    expect(result.data).toEqual({ thing: null });
    expect(result.errors?.map(({ extensions }) => extensions['code'])).toEqual(['SUBGRAPH_UNAVAILABLE']);
  });
});

describe('a supergraph that cannot be loaded', () => {
  it('changes nothing, and the engine says why', async () => {
    await start({ data: { thing: { size: 1 } } });

    publish({ ...supergraph, id: 'broken', gatewaySdl: 'type Query { a: Int }' });
    await until(() => engine.fault);

    expect(engine.state).toMatchObject({ phase: 'serving', graph: { id: supergraph.id } });
    await expect(engine.execute(aRequest('{ thing { size } }'))).resolves.toEqual({ data: { thing: { size: 1 } } });
  });
});

describe('an operation that does not fit the graph', () => {
  it('is refused with the code of a validation error', async () => {
    await start({ data: {} });

    const result = await engine.execute(aRequest('{ gone { name } }'));

    expect(result.data).toBeUndefined();
    expect(result.errors?.map(({ extensions }) => extensions['code'])).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });
});

const withError = {
  data: { thing: { size: null } },
  errors: [
    {
      message: 'Not allowed',
      path: ['thing', 'size'],
      extensions: { code: 'FORBIDDEN', host: 'db-1', stacktrace: ['at x'] },
    },
  ],
};

/** Starts an engine whose one subgraph always gives this answer. */
async function start(json: unknown, options: EngineOptions = {}): Promise<void> {
  const composition: Composition = {
    supergraph,
    state: { phase: 'composed', subgraphs: [], waitsFor: [], faults: [] },
    onSupergraph(listener) {
      publish = listener;
      listener(supergraph);
      return () => undefined;
    },
    close: async () => undefined,
  };
  const client = { send: async () => ({ status: 200, json }), close: async () => undefined };
  engine = createEngine({ composition, client, log: createLog({ service: 'test', level: 'silent' }) }, options);
  await new Promise<void>((resolve) => engine.onGraph(() => resolve()));
}
