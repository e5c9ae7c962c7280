import { describe, expect, it } from '@jest/globals';
import { describeFailure } from './describe-failure.ts';
import { drawSupergraph } from './draw-supergraph.ts';
import { fuzz } from './fuzz.ts';

const seed = Number(process.env['FUZZ_SEED'] ?? 1);
const cases = Number(process.env['FUZZ_CASES'] ?? 2_000);

describe(`the engine over subgraphs (FUZZ_SEED=${seed} FUZZ_CASES=${cases})`, () => {
  it('answers as graphql-js does on one schema, faults included', async () => {
    const { failure, graphs, refused, ...summary } = await fuzz({ seed, cases });

    expect(failure === null ? 'no wrong answer' : describeFailure(failure)).toBe('no wrong answer');
    expect(summary.cases).toBeGreaterThanOrEqual(cases);
    expect(summary.faulty).toBeGreaterThan(cases / 10);
    expect(refused).toBeLessThan(graphs / 10);
  }, 240_000);
});

describe('the engine beside executeQueryPlan', () => {
  it('answers the same where that is right, but where a subgraph is down and each asks another', async () => {
    const tried = 200;
    const { failure, stock } = await fuzz({ seed: seed + 5_000, cases: tried, besideStock: true });

    expect(failure === null ? 'no wrong answer' : describeFailure(failure)).toBe('no wrong answer');
    expect(stock.same + stock.other + stock.wrong).toBeGreaterThanOrEqual(tried);
    expect(stock.same).toBeGreaterThan(tried * 0.8);
    expect(stock.other).toBeLessThan(tried * 0.03);
  }, 120_000);
});

describe('the drawing of supergraphs', () => {
  it('gives the same for the same seed', () => {
    expect(drawSupergraph(seed)).toEqual(drawSupergraph(seed));
    expect(drawSupergraph(seed)).not.toEqual(drawSupergraph(seed + 1));
  });

  it.each([
    '@interfaceObject',
    '@requires',
    '@provides',
    '@override',
    '@shareable',
    'union ',
    'interface ',
    'Mutation',
  ])('knows %s', (feature) => {
    const all = Array.from({ length: 40 }, (_, offset) => drawSupergraph(seed + offset)).flat();

    expect(all.some(({ sdl }) => sdl.includes(feature))).toBe(true);
  });
});
