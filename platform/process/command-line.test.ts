import { describe, expect, it } from '@jest/globals';
import { flag, namesOf, oneOf, parseCommandLine, text, texts, wholeNumber } from './command-line.ts';

const command = {
  usage: 'npm run feed -- ANIMAL...',
  does: 'Feeds animals.',
  options: {
    dry: flag('only say what would be fed', 'n'),
    grams: wholeNumber('how much', { least: 1, most: 500, fallback: 50 }),
    food: oneOf(['hay', 'oats'], 'of what', 'hay'),
    report: text('FILE', 'where to write it', undefined),
    ignore: texts('NAME', 'whom to leave out'),
    only: namesOf(['horse', 'cow', 'hen'], 'whom'),
  },
  words: { least: 1, most: 2 },
  more: 'Exit code 1 when one stays hungry.',
} as const;
const read = (...words: string[]) => parseCommandLine(words, command);

describe('a command line', () => {
  it('gives each option its value, and what was left out its fallback', () => {
    expect(read('stable', '--grams', '70', '-n')).toEqual({
      words: ['stable'],
      options: { dry: true, grams: 70, food: 'hay', report: undefined, ignore: [], only: ['horse', 'cow', 'hen'] },
    });
  });

  it('takes names with commas and one by one, in the order in which they are known', () => {
    expect(read('stable', '--only', 'hen, cow', '--only', 'horse', '--ignore', 'a', '--ignore', 'b')).toMatchObject({
      options: { only: ['horse', 'cow', 'hen'], ignore: ['a', 'b'] },
    });
  });

  it.each([
    [['stable', '--feed'], "Unknown option '--feed'. See --help."],
    [['stable', '--grams'], "Option '--grams <value>' argument missing. See --help."],
    [['stable', '--dry=yes'], "Option '-n, --dry' does not take an argument. See --help."],
    [['stable', '--grams', 'many'], '--grams is "many"; it can be a whole number from 1 to 500'],
    [['stable', '--grams', ''], '--grams is ""; it can be a whole number from 1 to 500'],
    [['stable', '--grams', '501'], '--grams is "501"; it can be a whole number from 1 to 500'],
    [['stable', '--food', 'meat'], '--food is "meat"; it can be hay, oats'],
    [['stable', '--only', 'hen,cat'], '--only is "cat"; it can be horse, cow, hen'],
    [['stable', '--report', ''], '--report needs a value'],
    [[], 'a word is missing: npm run feed -- ANIMAL.... See --help.'],
    [['one', 'two', 'three'], '"three" is not understood. See --help.'],
  ])('refuses %j in one line', (words, message) => {
    expect(() => read(...words)).toThrow(expect.objectContaining({ name: 'CommandLineFault', message }));
  });

  it('tells every option with what it does when it is asked for help, whatever else was typed', () => {
    const asked = read('--help', '--grams', '9000');

    expect('help' in asked && asked.help.split('\n')).toEqual([
      'Feeds animals.',
      '',
      'Usage: npm run feed -- ANIMAL... [options]',
      '',
      '  -n, --dry        only say what would be fed',
      '  --grams N        how much (50)',
      '  --food hay|oats  of what (hay)',
      '  --report FILE    where to write it',
      '  --ignore NAME    whom to leave out; may be given several times',
      '  --only NAME,...  whom: horse, cow, hen (all)',
      '  -h, --help       this text',
      '',
      'Exit code 1 when one stays hungry.',
      '',
    ]);
  });
});
