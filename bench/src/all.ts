/**
 * Runs every bench, one after the other, and writes their tables and figures to one place: `npm run bench`, see bench/README.md.
 * `--seconds`, `--rounds` and `--soak` are handed on; a bench that fails is told and the others go on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { readCommandLine, wholeNumber } from '@storefront/platform/process/command-line.ts';
import { results, tell } from './place.ts';

interface Part {
  readonly name: string;
  readonly title: string;
  readonly file: string;
  readonly words: readonly string[];
}

const { options } = readCommandLine({
  usage: 'npm run bench',
  does: 'Runs the benches one after the other; tables and figures go to bench/results/all.md and all.json.',
  options: {
    seconds: wholeNumber('how long a round is', { least: 1, most: 60, fallback: 5 }),
    rounds: wholeNumber('how many rounds', { least: 1, most: 20, fallback: 3 }),
    soak: wholeNumber('for how many seconds memory is watched', { least: 1, most: 14_400, fallback: 600 }),
  },
  more: 'One that fails is told, and the others go on. bench/README.md says how to read the tables.',
});
const rounds = ['--seconds', String(options.seconds), '--rounds', String(options.rounds)];
const jsonOf = (name: string) => join(results, `${name}.json`);
const parts: readonly Part[] = [
  { name: 'gateway', title: 'The gateway and its peers', file: 'main.ts', words: rounds },
  { name: 'stack', title: 'Over the real services', file: 'stack/main.ts', words: rounds },
  { name: 'subgraph', title: "The subgraph's side", file: 'subgraph/main.ts', words: rounds },
  { name: 'workers', title: 'A second worker', file: 'workers/main.ts', words: rounds },
  { name: 'front', title: 'What stands before the engine', file: 'front/main.ts', words: rounds },
  {
    name: 'soak',
    title: 'Memory in a long load',
    file: 'main.ts',
    words: ['--soak', String(options.soak), '--json', jsonOf('soak')],
  },
];

await mkdir(results, { recursive: true });
const sections: string[] = [];
const figures: Record<string, unknown> = {};
for (const part of parts) {
  tell(`\n== ${part.title}`);
  await rm(jsonOf(part.name), { force: true });
  const written = await run(part);
  sections.push(`## ${part.title}\n\n${written.trim()}\n`);
  const json = await readFile(jsonOf(part.name), 'utf8').catch(() => null);
  if (json !== null) figures[part.name] = JSON.parse(json);
}
const whole = sections.join('\n');
process.stdout.write(`\n${whole}`);
await writeFile(join(results, 'all.md'), whole);
await writeFile(join(results, 'all.json'), `${JSON.stringify(figures, null, 2)}\n`);

/** What a bench writes; the reason in its place when it fails. */
async function run({ name, file, words }: Part): Promise<string> {
  const child = spawn(process.execPath, [join(import.meta.dirname, file), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const written = await text(child.stdout);
  const [code] = (await ended) as [number | null];
  if (code === 0) return written;
  process.exitCode = 1;
  return `${written}\n${name} failed; see above.`;
}
