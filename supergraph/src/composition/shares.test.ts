import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createDiscovery, type Discovery } from '@storefront/platform/discovery/discovery.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { testConsulUrl } from '@storefront/platform/testing/servers.ts';
import { until } from '@storefront/platform/testing/until.ts';
import { aRequest, startTestGraph, type TestGraph } from '../engine/testing/test-graph.ts';
import { followShares, type Shares } from './shares.ts';

const log = createLog({ service: 'test', level: 'silent' });
const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override", "@shareable"])';
const label = 'percent(1)';

let discovery: Discovery;
let graph: TestGraph;
let shares: Shares;
let key: string;

beforeEach(() => {
  discovery = createDiscovery({ consulUrl: testConsulUrl(), log });
  key = `tests/${randomUUID()}/shares`;
});
afterEach(async () => {
  shares.close();
  await graph.close();
  await discovery.keys.remove(key);
  discovery.close();
});

/** The same field in an old and a new subgraph; the new one can be made to fail. */
async function start() {
  const state = { isFailing: false };
  const thing = (from: string) => ({ id: '1', from });
  const fields = (extra: string) =>
    `${link} type Thing @key(fields: "id") { id: ID! from: String ${extra} } type Query`;
  const shareOf = (asked: string) => shares.shareOf(asked);
  graph = await startTestGraph(
    [
      {
        name: 'old',
        sdl: `${fields('')} { thing: Thing }`,
        resolvers: { Query: { thing: () => thing('old') } },
      },
      {
        name: 'new',
        sdl: `${fields(`@override(from: "old", label: "${label}")`)} { other: Int }`,
        resolvers: {
          Thing: {
            __resolveReference: () => thing('new'),
            from: ({ from }: { from: string }) => {
              if (state.isFailing) throw new Error('broken');
              return from;
            },
          },
        },
      },
    ],
    { planning: { overrides: { shareOf } } },
  );
  const { client, composition } = graph;
  const recent = (subgraph: string) => client.balancing.of(subgraph)?.recent(performance.now());
  shares = followShares({ keys: discovery.keys, composition, recent, log }, key, { everyMs: 20 });
  const ask = async () => {
    const { data, errors } = await graph.engine.execute(aRequest('{ thing { from } }'));
    return errors ? 'fault' : (data?.['thing'] as { from: string } | undefined)?.from;
  };
  return { state, ask };
}

describe('the share of a percent label', () => {
  it('is read from Consul while the gateway runs', async () => {
    const { ask } = await start();

    await discovery.keys.put(key, JSON.stringify({ [label]: 100 }));
    await until(() => shares.shareOf(label) === 100);
    const moved = await ask();
    await discovery.keys.put(key, JSON.stringify({ [label]: 0 }));
    await until(() => shares.shareOf(label) === 0);
    const back = await ask();
    await discovery.keys.put(key, 'garbage');
    await discovery.keys.put(key, JSON.stringify({ [label]: 100 }));
    await until(() => shares.shareOf(label) === 100);

    expect({ moved, back }).toEqual({ moved: 'new', back: 'old' });
  });

  it('becomes 0 when the new side begins to fail, for the other gateways too', async () => {
    const { ask, state } = await start();
    await discovery.keys.put(key, JSON.stringify({ [label]: 100, 'percent(7)': 7 }));
    await until(() => shares.shareOf(label) === 100);
    for (let turn = 0; turn < 20; turn += 1) await ask();

    state.isFailing = true;
    await until(async () => {
      await ask();
      return shares.shareOf(label) === 0;
    });
    const after = await ask();
    const told = await until(async () => {
      const entry = await discovery.keys.get(key);
      return entry?.value.includes(`"${label}":0`) && entry.value;
    });

    expect(after).toBe('old');
    expect(JSON.parse(told)).toEqual({ [label]: 0, 'percent(7)': 7 });
  });
});
