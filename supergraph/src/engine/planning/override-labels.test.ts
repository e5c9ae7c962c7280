import { afterEach, describe, expect, it } from '@jest/globals';
import { type MemoryGraph, startMemoryGraph } from '../testing/memory-graph.ts';
import { aRequest } from '../testing/test-graph.ts';
import type { OverrideOptions } from './override-labels.ts';

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override"])';

/** `price` moves from catalogue to pricing by 20 percent, `stock` by 50 percent, `label` by a label of one's own. */
const catalogue = {
  name: 'catalogue',
  sdl: `${link} type Query { product: Product }
    type Product @key(fields: "id") { id: ID! title: String price: String stock: String label: String }`,
  resolvers: {
    Query: { product: () => ({ id: '1', title: 'Lamp' }) },
    Product: { price: () => 'catalogue', stock: () => 'catalogue', label: () => 'catalogue' },
  },
};
const pricing = {
  name: 'pricing',
  sdl: `${link} type Product @key(fields: "id") { id: ID!
    price: String @override(from: "catalogue", label: "percent(20)")
    stock: String @override(from: "catalogue", label: "percent(50)")
    label: String @override(from: "catalogue", label: "new-labels") }`,
  resolvers: {
    Product: {
      __resolveReference: (product: object) => product,
      price: () => 'pricing',
      stock: () => 'pricing',
      label: () => 'pricing',
    },
  },
};
let graph: MemoryGraph;
afterEach(() => graph.close());

const start = async (overrides: OverrideOptions) => {
  graph = await startMemoryGraph([catalogue, pricing], { planning: { overrides } });
};
const ask = async (source: string) => {
  const { data, errors } = await graph.engine.execute(aRequest(source));
  expect(errors).toBeUndefined();
  return (data as { product: Record<string, string> }).product;
};

describe('a label of @override', () => {
  it.each([
    [0, { price: 'pricing', stock: 'pricing' }],
    [0.19, { price: 'pricing', stock: 'pricing' }],
    [0.2, { price: 'catalogue', stock: 'pricing' }],
    [0.49, { price: 'catalogue', stock: 'pricing' }],
    [0.5, { price: 'catalogue', stock: 'catalogue' }],
    [0.99, { price: 'catalogue', stock: 'catalogue' }],
  ])('of percents is set by one number for the whole request: %s', async (drawn, expected) => {
    await start({ random: () => drawn });

    expect(await ask('{ product { price stock } }')).toEqual(expected);
  });

  it('of percents is drawn anew for each request, and its plans are kept apart', async () => {
    const draws = [0, 0.9, 0, 0.9];
    await start({ random: () => draws.shift() ?? 0 });

    const answers = [];
    for (let at = 0; at < 4; at += 1) answers.push((await ask('{ product { price } }'))['price']);

    expect(answers).toEqual(['pricing', 'catalogue', 'pricing', 'catalogue']);
  });

  it('of percents takes another share while the gateway runs', async () => {
    const shares = new Map<string, number>();
    await start({ random: () => 0.3, shareOf: (label) => shares.get(label) });

    const declared = await ask('{ product { price } }');
    shares.set('percent(20)', 31);
    const raised = await ask('{ product { price } }');

    expect([declared['price'], raised['price']]).toEqual(['catalogue', 'pricing']);
  });

  it("of one's own is not set unless somebody says so", async () => {
    await start({});

    expect(await ask('{ product { label } }')).toEqual({ label: 'catalogue' });
  });

  it("of one's own is set when it is said so", async () => {
    const asked: string[] = [];
    await start({
      isLabelSet: (label) => {
        asked.push(label);
        return true;
      },
    });

    expect(await ask('{ product { label } }')).toEqual({ label: 'pricing' });
    expect(asked).toEqual(['new-labels']);
  });

  it('does not concern an operation without its fields', async () => {
    let draws = 0;
    await start({ random: () => (draws += 1) });

    await ask('{ product { title } }');

    expect(draws).toBe(0);
    expect(graph.asked.map(({ subgraph }) => subgraph)).toEqual(['catalogue']);
  });
});
