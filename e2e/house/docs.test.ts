import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readArguments } from '@storefront/stack/src/cli/arguments.ts';

const pages = execFileSync('git', ['ls-files', '*.md'], { encoding: 'utf8' }).trim().split('\n');
const scripts = Object.keys((JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }).scripts);

describe('the documentation', () => {
  it.each(pages)('%s links only to what is there', (page) => {
    const links = [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link ?? '');

    expect(links.filter((link) => !existsSync(join(dirname(page), link)))).toEqual([]);
  });

  it.each(pages)('%s names only npm scripts that are there', (page) => {
    const named = [...readFileSync(page, 'utf8').matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => script ?? '');

    expect(named.filter((script) => !scripts.includes(script))).toEqual([]);
  });

  it('names only codes, variables, metrics and files in troubleshooting that the sources know', () => {
    const words = [...readFileSync('docs/troubleshooting.md', 'utf8').matchAll(/`([^`\n]+)`/g)]
      .map(([, word]) => word ?? '')
      .filter((word) => /^(?:[A-Z][A-Z_]{5,}|[a-z]+(?:_[a-z]+)+|[a-z]+[A-Z]\w+|@\w+)$/.test(word));
    const isKnown = (word: string) => {
      const places = ['platform', 'supergraph/src', 'subgraphs', 'stack/src', 'schema'];
      const found = spawnSync('git', ['grep', '-qwF', '--untracked', word, '--', ...places]);
      return found.status === 0;
    };

    expect(words.length).toBeGreaterThan(20);
    expect(words.filter((word) => !isKnown(word))).toEqual([]);
  });

  it('shows only commands in troubleshooting that the launcher understands', () => {
    const page = readFileSync('docs/troubleshooting.md', 'utf8');
    const lines = [...page.matchAll(/npm run (status|up|down|logs|servers)((?: --)?(?: [\w./-]+)*)/g)];

    expect(lines.length).toBeGreaterThan(5);
    for (const [, command = '', words = ''] of lines) {
      const line = words.split(' ').filter((word) => word !== '' && word !== '--');
      expect(() => readArguments([command, ...line])).not.toThrow();
    }
  });
});
