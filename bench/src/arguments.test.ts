import { describe, expect, it } from '@jest/globals';
import { readBenchArguments } from './arguments.ts';

const choices = { gateways: ['stock', 'ours', 'hive'], workloads: ['identical', 'small'] };
const read = (...words: string[]) => readBenchArguments(words, choices);

describe('the words after npm run bench:gateway', () => {
  it('run everything unless they say otherwise', () => {
    expect(read()).toEqual({ ...choices, seconds: 5, rounds: 3, connections: 32 });
  });

  it('keep the stock gateway in, which the others are compared with', () => {
    expect(read('--only', 'hive', '--seconds', '2', '--json', 'out.json')).toMatchObject({
      gateways: ['stock', 'hive'],
      seconds: 2,
      jsonPath: 'out.json',
    });
  });

  it.each([
    [['--only', 'router'], 'there are stock, ours, hive'],
    [['--workloads', 'huge'], 'there are identical, small'],
    [['--seconds', '0'], 'must be a whole number, 1 to 60'],
    [['--seconds', '3600'], 'must be a whole number, 1 to 60'],
    [['--fast'], '--fast'],
  ])('are refused when they are wrong: %j', (words, text) => {
    expect(() => read(...words)).toThrow(text);
  });
});
