import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDiscovery, type Discovery, type Instance } from '@storefront/platform/discovery/discovery.ts';
import { generateSigningKey } from '@storefront/platform/identity/keys.ts';
import { createInternalTokens } from '@storefront/platform/identity/internal-tokens.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { testConsulUrl } from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { createCatalogue } from '../engine/testing/catalogue.ts';
import { serveTestSubgraph } from '../engine/testing/test-subgraph.ts';
import { watchSubgraphInstances } from '../subgraphs/instances.ts';
import { type Agreement, agreeInConsul, noAgreement } from './agreement.ts';
import { describeComposed } from './composed.ts';
import { type CompositionDeps, startComposition } from './composer.ts';
import { openLastGood } from './last-good.ts';

const log = createLog({ service: 'test', level: 'silent' });
const signingKey = await generateSigningKey('gateway');
const tokens = createInternalTokens({ signingKey, issuer: 'gateway' });
const users: Instance = { id: 'u', name: 'users', address: '127.0.0.1', port: 1, meta: {}, tags: ['subgraph'] };

let folder: string;
let prefix: string;
let discovery: Discovery;
const ends: (() => unknown)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'last-good-'));
  prefix = `tests/${randomUUID()}/`;
  discovery = createDiscovery({ consulUrl: testConsulUrl(), log });
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  await Promise.all(['supergraph', 'instances'].map((name) => discovery.keys.remove(`${prefix}${name}`)));
  discovery.close();
  await rm(folder, { recursive: true, force: true });
});

const agree = () => agreeInConsul({ keys: discovery.keys, log }, `${prefix}supergraph`);
const open = (on: string | null, agreement: Agreement = agree()) =>
  openLastGood({ log, folder: on, keys: discovery.keys, instancesKey: `${prefix}instances`, agreement });

/** Composes over subgraphs in a catalogue of its own. */
function compose(deps: Partial<CompositionDeps> = {}) {
  const catalogue = createCatalogue();
  const instances = watchSubgraphInstances(catalogue);
  const options = { firstSettleMs: 20, settleMs: 20 };
  const composition = startComposition({ instances, tokens, log, ...deps }, options);
  ends.push(async () => {
    await composition.close();
    instances.close();
  });
  return { catalogue, composition };
}

async function serve(name: string, sdl: string) {
  const instance = await serveTestSubgraph({ log, signingKey }, { name, sdl, resolvers: {} }, () => undefined);
  ends.push(() => instance.kill());
  return instance;
}

describe('what was good last', () => {
  it('is there after a restart, from disk without Consul', async () => {
    const { catalogue, composition } = compose({ lastGood: await open(folder) });
    catalogue.put((await serve('one', 'type Query { a: Int }')).instance);
    const served = await until(() => composition.supergraph);
    const again = await until(async () => (await open(folder, noAgreement)).composed);

    const { composition: restarted } = compose({ lastGood: { composed: again, keep: async () => undefined } });

    expect(restarted.supergraph?.id).toBe(served.id);
    expect(restarted.state).toMatchObject({ phase: 'composed', waitsFor: [] });
  });

  it('keeps the addresses on disk and in Consul', async () => {
    const first = await open(folder);
    first.instances.remember('users', [users]);
    await first.close();

    const fromDisk = await open(folder);
    const fromConsul = await open(null);

    expect(fromDisk.instances.known.get('users')).toEqual([users]);
    expect(fromConsul.instances.known.get('users')).toEqual([users]);
  });

  it('is nothing when the files are damaged', async () => {
    await writeFile(join(folder, 'supergraph.json'), '{"inputs": "x", "sdl": "type Query { a: Int }", "subgraphs": [');
    await writeFile(join(folder, 'instances.json'), '{"users": [{"id": 1}]}');

    const damaged = await open(folder);

    expect(damaged.composed).toBeNull();
    expect(damaged.instances.known.size).toBe(0);
  });

  it('changes with the subgraphs, once they are there', async () => {
    const { catalogue, composition } = compose({ lastGood: await open(folder) });
    catalogue.put((await serve('one', 'type Query { a: Int }')).instance);
    await until(() => composition.supergraph);
    const composed = await until(async () => (await open(folder)).composed);

    const restarted = compose({ lastGood: { composed, keep: async () => undefined } });
    restarted.catalogue.put((await serve('one', 'type Query { a: Int b: Int }')).instance);
    const { sdl } = await until(() => {
      const { supergraph } = restarted.composition;
      return supergraph?.sdl.includes('b: Int') && supergraph;
    });

    expect(sdl).toContain('a: Int');
  });
});

describe('gateways that agree', () => {
  it('compose once: the second loads what the first has published', async () => {
    const instance = await serve('one', 'type Query { a: Int }');
    const settled: string[] = [];
    const telling = (): Agreement => {
      const agreement = agree();
      return { ...agreement, settle: (composed) => (settled.push(composed.inputs), agreement.settle(composed)) };
    };
    const first = compose({ agreement: telling() });
    first.catalogue.put(instance.instance);
    await until(() => first.composition.supergraph);
    await until(async () => (await agree().newest()) !== null);

    const second = compose({ agreement: telling() });
    second.catalogue.put(instance.instance);
    const supergraph = await until(() => second.composition.supergraph);

    expect(supergraph.id).toBe(first.composition.supergraph?.id);
    expect(settled).toHaveLength(1);
  });

  it('take the one that was there first when two publish at once', async () => {
    const sdls = new Map([['one', { hash: 'h', sdl: 'type Query { a: Int }' }]]);
    const [a, b] = [describeComposed(sdls, 'schema a'), describeComposed(sdls, 'schema b')];

    const settled = await Promise.all([agree().settle(a), agree().settle(b)]);

    expect(settled[0]).toEqual(settled[1]);
  });

  it('do not load what is of other inputs, or does not belong together', async () => {
    const sdls = new Map([['one', { hash: 'h', sdl: 'type Query { a: Int }' }]]);
    const composed = describeComposed(sdls, 'schema');
    await agree().settle({ ...composed, inputs: 'made up' });

    const forged = await agree().find('made up');
    await agree().settle(composed);
    const other = await agree().find('other');
    const own = await agree().find(composed.inputs);

    expect({ forged, other, own }).toEqual({ forged: null, other: null, own: composed });
  });

  it('compose for themselves without Consul', async () => {
    const away = createDiscovery({ consulUrl: 'http://127.0.0.1:9', log });
    ends.push(() => away.close());
    const { catalogue, composition } = compose({ agreement: agreeInConsul({ keys: away.keys, log }, 'x') });

    catalogue.put((await serve('one', 'type Query { a: Int }')).instance);

    await expect(until(() => composition.supergraph)).resolves.toMatchObject({
      sdl: expect.stringContaining('a: Int'),
    });
  });
});

describe('a subgraph that an operator has retired', () => {
  it('is dropped when it has left, and comes back when it registers again', async () => {
    const listeners = new Set<() => void>();
    const names = new Set<string>();
    const retired = { names, onChange: (listener: () => void) => (listeners.add(listener), () => undefined) };
    const { catalogue, composition } = compose({ retired });
    const one = await serve('one', 'type Query { a: Int }');
    const two = await serve('two', 'type Query { b: Int }');
    catalogue.put(one.instance);
    catalogue.put(two.instance);
    const has = (text: string) => composition.supergraph?.sdl.includes(text) === true;
    await until(() => has('a: Int') && has('b: Int'));

    names.add('two');
    for (const listener of listeners) listener();
    const whileThere = has('b: Int');
    catalogue.remove(two.instance);
    await until(() => !has('b: Int'));
    catalogue.put(two.instance);
    await until(() => has('b: Int'));

    expect(whileThere).toBe(true);
    expect(has('a: Int')).toBe(true);
  });
});
