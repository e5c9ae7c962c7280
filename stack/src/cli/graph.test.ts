import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDiscovery, type Discovery } from '@storefront/platform/discovery/discovery.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { testConsulUrl } from '@storefront/platform/testing/servers.ts';
import { steerGraph } from './graph.ts';

const log = createLog({ service: 'test', level: 'silent' });
let prefix: string;
let discovery: Discovery;

beforeEach(async () => {
  prefix = `tests/${crypto.randomUUID()}/`;
  discovery = createDiscovery({ consulUrl: testConsulUrl(), log });
  const sdl = 'type Query { a: Int @join__field(graph: TWO, override: "one", overrideLabel: "percent(5)") }';
  const graph = { inputs: 'x', sdl, subgraphs: [{ name: 'one' }, { name: 'two' }] };
  await discovery.keys.put(`${prefix}supergraph`, gzipSync(JSON.stringify(graph)).toString('base64'));
});
afterEach(async () => {
  for (const name of ['supergraph', 'shares', 'retired']) await discovery.keys.remove(`${prefix}${name}`);
  discovery.close();
});

const ask = (...words: string[]) => steerGraph([...words, '--prefix', prefix], { CONSUL_URL: testConsulUrl() });
const stored = async (name: string): Promise<unknown> =>
  JSON.parse((await discovery.keys.get(`${prefix}${name}`))?.value ?? 'null');

describe('npm run graph', () => {
  it('sets the share of a label beside those of others, and takes it back', async () => {
    await discovery.keys.put(`${prefix}shares`, '{"percent(7)": 1}');

    await expect(ask('share', 'percent(5)', '25')).resolves.toBe('percent(5): 25 of a hundred requests');
    const set = await stored('shares');
    const listed = await ask('shares');
    await ask('share', 'percent(5)', 'declared');

    expect(set).toEqual({ 'percent(5)': 25, 'percent(7)': 1 });
    expect(listed).toBe('percent(5)  25\npercent(7)  1');
    expect(await stored('shares')).toEqual({ 'percent(7)': 1 });
  });

  it('loses no share when several are set at once', async () => {
    const labels = ['percent(1)', 'percent(2)', 'percent(3)'];
    const sdl = labels.map((label) => `overrideLabel: "${label}"`).join(' ');
    const graph = { sdl, subgraphs: [] };
    await discovery.keys.put(`${prefix}supergraph`, gzipSync(JSON.stringify(graph)).toString('base64'));

    await Promise.all(labels.map((label) => ask('share', label, '10')));

    expect(await stored('shares')).toEqual(Object.fromEntries(labels.map((label) => [label, 10])));
  });

  it('retires a subgraph, and readmits it', async () => {
    await expect(ask('retire', 'two')).resolves.toContain('two is dropped from the graph');
    const retired = [await stored('retired'), await ask('retired')];
    await ask('readmit', 'two');

    expect(retired).toEqual([['two'], 'two']);
    expect(await stored('retired')).toEqual([]);
    await expect(ask('retired')).resolves.toBe('no subgraph is retired');
  });

  it.each([
    [['share', 'percent(9)', '10'], 'no field of the graph has the label "percent(9)". It has: percent(5).'],
    [['share', 'percent(5)', '101'], '"101" is no share'],
    [['share', 'percent(5)', ''], '"" is no share'],
    [['share', 'percent(5)'], 'share takes 2 words'],
    [['retire', 'three'], 'the graph has no subgraph "three". It has: one, two.'],
    [['readmit', 'one'], 'one is not retired'],
    [['burn'], 'what graph does is "burn"; it can be shares, share, retired, retire, readmit'],
    [['shares', '--loud'], '--loud'],
  ])('refuses %j', async (words, text) => {
    await expect(ask(...words)).rejects.toThrow(text);
  });

  it('tells how it is used, and that nothing runs', async () => {
    await expect(steerGraph(['--help'], {})).resolves.toContain('npm run graph --');
    await expect(steerGraph(['shares', '--state', '/nowhere'], {})).rejects.toThrow('nothing runs on /nowhere');
  });
});
