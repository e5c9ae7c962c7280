import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeLastWords } from './last-words.ts';

describe('what a failed process has said last', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'storefront-words-'))));
  afterAll(() => rmSync(folder, { recursive: true }));
  const logOf = (text: string) => {
    const file = join(folder, 'users.log');
    writeFileSync(file, text);
    return file;
  };

  it('is the reason that its log gives, alone', () => {
    const file = logOf(
      '{"level":"info","msg":"up"}\n{"level":"fatal","msg":"no:\\n  A"}\n{"level":"info","msg":"end"}\n',
    );

    expect(describeLastWords(file)).toBe(`:\n    no:\n      A\n    Log: ${file}`);
  });

  it('is the end of its log when that gives no reason', () => {
    const file = logOf('first\nsecond\nthird\n');

    expect(describeLastWords(file, { count: 2 })).toBe(`. The end of ${file}:\n    second\n    third`);
  });

  it('is nothing of what an earlier process has written', () => {
    const earlier = '{"level":"fatal","msg":"earlier"}\n';
    const file = logOf(earlier);

    expect(describeLastWords(file, { from: earlier.length })).toBe(`, without a word in ${file}`);
  });
});
