import { describe, expect, it } from '@jest/globals';
import { parseCommandLine } from '@storefront/platform/process/command-line.ts';
import { benchArguments, benchCommand } from './arguments.ts';

const choices = {
  usage: 'npm run bench:gateway',
  does: 'Measures.',
  gateways: ['stock', 'ours', 'hive'],
  workloads: ['identical', 'small'],
  soaked: ['ours'],
};
const read = (...words: string[]) => {
  const asked = parseCommandLine(words, benchCommand(choices));
  if ('help' in asked) throw new Error('nobody asked for help');
  return benchArguments(choices, asked.options);
};

describe('the words after npm run bench:gateway', () => {
  it('run everything unless they say otherwise', () => {
    const { gateways, workloads } = choices;

    expect(read()).toEqual({ gateways, workloads, seconds: 5, rounds: 3, connections: 32, extraRows: [] });
  });

  it('keep the stock gateway in, which the others are compared with', () => {
    expect(read('--only', 'hive', '--seconds', '2', '--json', 'out.json')).toMatchObject({
      gateways: ['stock', 'hive'],
      seconds: 2,
      jsonPath: 'out.json',
    });
  });

  it('add rows of this gateway with more in its environment', () => {
    const { gateways, extraRows } = read('--only', 'memo', '--row', 'memo:MEMO=on,SHARE_FETCHES=false');

    expect(gateways).toEqual(['stock', 'memo']);
    expect(extraRows).toEqual([{ name: 'memo', environment: { MEMO: 'on', SHARE_FETCHES: 'false' } }]);
  });

  it('ask for one long load in place of rounds', () => {
    expect(read('--soak', '600')).toMatchObject({ soakSeconds: 600, gateways: ['ours'] });
    expect(read('--soak', '600', '--only', 'hive')).toMatchObject({ gateways: ['hive'] });
  });

  it.each([
    [['--only', 'router'], 'there are stock, ours, hive'],
    [['--workloads', 'huge'], 'it can be identical, small'],
    [['--seconds', '0'], 'can be a whole number from 1 to 60'],
    [['--seconds', '3600'], 'can be a whole number from 1 to 60'],
    [['--fast'], '--fast'],
    [['--row', 'MEMO=on'], 'must be like memo:MEMO=on'],
    [['--soak', '99999'], 'can be a whole number from 1 to 14400'],
  ])('are refused when they are wrong: %j', (words, text) => {
    expect(() => read(...words)).toThrow(text);
  });
});
