import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDiscovery, type Discovery } from '@storefront/platform/discovery/discovery.ts';
import { createInternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import { generateSigningKey } from '@storefront/platform/identity/keys.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { testConsulUrl } from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { serveTestSubgraph, type TestInstance } from '../engine/testing/test-subgraph.ts';
import { type SubgraphInstances, watchSubgraphInstances } from '../subgraphs/instances.ts';
import { type Composition, startComposition } from './composer.ts';

const log = createLog({ service: 'test', level: 'silent' });
const signingKey = await generateSigningKey('gateway');
const tokens = createInternalTokens({ signingKey, issuer: 'gateway' });

let tag: string;
let discovery: Discovery;
let instances: SubgraphInstances;
let composition: Composition;
const ends: (() => Promise<void>)[] = [];

beforeEach(() => {
  tag = `test_${randomBytes(4).toString('hex')}`;
  discovery = createDiscovery({ consulUrl: testConsulUrl(), log });
  instances = watchSubgraphInstances({ discovery }, { tag });
  composition = startComposition({ instances, tokens, log });
});
afterEach(async () => {
  await composition.close();
  instances.close();
  for (const end of ends.splice(0)) await end();
  discovery.close();
});

describe('startComposition over Consul', () => {
  it('waits for the first subgraph, then composes', async () => {
    expect(composition.state).toMatchObject({ phase: 'waiting', waitsFor: ['no subgraph has been seen yet'] });

    await register('one', 'type Query { a: Int }');
    const supergraph = await until(() => composition.supergraph);

    expect(supergraph.subgraphs).toEqual([
      expect.objectContaining({ name: `${tag}_one`, sdlHash: expect.any(String) }),
    ]);
    expect(composition.state).toMatchObject({ phase: 'composed', waitsFor: [], faults: [] });
  });

  it('takes a subgraph in within seconds of its registration', async () => {
    await register('one', 'type Query { a: Int }');
    await until(() => composition.supergraph);
    const joined = nextSupergraphWith('b: Int');
    const startedAt = performance.now();

    await register('two', 'type Query { b: Int }');
    await joined;

    expect(performance.now() - startedAt).toBeLessThan(6_000);
  });

  it('keeps a subgraph that has left', async () => {
    const gone = await register('one', 'type Query { a: Int }');
    await until(() => composition.supergraph);
    await gone.deregister();

    await register('two', 'type Query { b: Int }');
    const sdl = await nextSupergraphWith('b: Int');

    expect(sdl).toContain('a: Int');
  });

  it('forgets a subgraph that never fitted once it has left, so that others can join', async () => {
    await register('one', 'type Thing { id: ID } type Query { a: Thing }');
    await until(() => composition.supergraph);
    const misfit = await register('two', 'type Thing { id: ID } type Query { b: Int }');
    await until(() => composition.state.faults.length > 0);
    await misfit.deregister();
    await until(() => composition.state.faults.length === 0);

    await register('three', 'type Query { c: Int }');
    const sdl = await nextSupergraphWith('c: Int');

    expect(sdl).not.toContain('b: Int');
    expect(composition.state.subgraphs.map(({ name }) => name)).toEqual([`${tag}_one`, `${tag}_three`]);
  });

  it('waits for a composition that fails, and says why', async () => {
    await register('one', 'type Thing { id: ID } type Query { a: Thing }');
    await register('two', 'type Thing { id: ID } type Query { b: Int }');
    await until(() => composition.state.faults.length > 0);

    expect(composition.state.phase).toBe('waiting');
    expect(composition.state.waitsFor[0]).toMatch(/^INVALID_FIELD_SHARING: .*Thing\.id/);
    expect(composition.state.faults[0]?.subgraphs.toSorted()).toEqual([`${tag}_one`, `${tag}_two`]);
  });
});

async function register(name: string, types: string) {
  const sdl = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9") ${types}`;
  const served: TestInstance = await serveTestSubgraph(
    { log, signingKey },
    { name: `${tag}_${name}`, sdl, resolvers: {} },
    () => undefined,
  );
  const { address, port, meta } = served.instance;
  const registration = await discovery.register({ name: `${tag}_${name}`, address, port, meta, tags: [tag] });
  ends.push(async () => {
    await registration.deregister();
    await served.kill();
  });
  return registration;
}

function nextSupergraphWith(text: string): Promise<string> {
  return new Promise((resolve) => composition.onSupergraph(({ sdl }) => sdl.includes(text) && resolve(sdl)));
}
