import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Readonly<Record<string, string>> };
/** The scripts that run a program of this repository, with its command line. */
const own = Object.entries(scripts).flatMap(([name, script]) => {
  const [program, ...words] = script.split(' ');
  return program === 'node' && !script.includes('node_modules') ? [{ name, words }] : [];
});
const limitMs = 60_000;

/** Runs a program to its end, with nothing that would make it a test's. */
async function run(words: readonly string[]) {
  const { NODE_OPTIONS: _options, ...inherited } = process.env;
  const environment = { ...inherited, NODE_COMPILE_CACHE: join('node_modules', '.cache', 'compiled') };
  const child = spawn(process.execPath, words, {
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: limitMs,
  });
  const ended = once(child, 'exit');
  const [out, progress] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = (await ended) as [number | null];
  return { code, out, progress };
}

describe('the scripts of package.json', () => {
  it('are known to this test, each as one program of ours', () => {
    expect(own.length).toBeGreaterThan(30);
    expect(own.filter(({ words }) => words.includes('&&'))).toEqual([]);
  });

  it.concurrent.each(own)(
    '$name tells what it does and its options when it is asked for help, and does nothing',
    async ({ name, words }) => {
      const { code, out, progress } = await run([...words, '--help']);

      expect({ code, progress }).toEqual({ code: 0, progress: '' });
      expect(out).toMatch(new RegExp(`^\\S.{20,}\\n\\nUsage: npm (run )?${name}\\b[^]*\\n  -h, --help  `));
    },
    limitMs,
  );

  // What follows `npm test` is for jest.
  it.concurrent.each(own.filter(({ name }) => name !== 'test'))(
    '$name refuses an option that it does not have in one line with exit code 2',
    async ({ words }) => {
      const { code, out, progress } = await run([...words, '--no-such-option']);

      expect({ code, out, progress }).toEqual({
        code: 2,
        out: '',
        progress: "Unknown option '--no-such-option'. See --help.\n",
      });
    },
    limitMs,
  );
});
