/** `npm run schema:events`: writes schema/asyncapi.json; `--help` tells its options. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { flag, readCommandLine } from '@storefront/platform/process/command-line.ts';
import { format } from 'oxfmt';
import { describeEvents } from './describe-events.ts';

const target = 'schema/asyncapi.json';
const { options } = readCommandLine({
  usage: 'npm run schema:events',
  does: 'Writes schema/asyncapi.json, the description of the events.',
  options: { check: flag('only say whether the file is fresh; exit code 1 when it is not') },
});

const document = describeEvents(await readDocComments('schema/events'));
const { code } = await format(target, JSON.stringify(document, null, 2), { printWidth: 120 });
const isFresh = code === (await readFile(target, 'utf8').catch(() => ''));
if (options.check && !isFresh) {
  console.error(`${target} does not describe the events: run \`npm run schema:events\` and commit it.`);
  process.exit(1);
}
if (!isFresh) await writeFile(target, code);
console.log(isFresh ? `${target} is fresh` : `${target} written`);

/** What the doc comment of each event says, by type. */
async function readDocComments(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts'));
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
  const found = texts.flatMap((text) => {
    const [, comment = '', type = ''] =
      /\/\*\*([^/]*)\*\/\nexport const \w+ = defineEvent\(\{\n  type: '([^']+)'/.exec(text) ?? [];
    return type === '' ? [] : [[type, comment.replace(/\s*\*?\s+/g, ' ').trim()] as const];
  });
  return new Map(found);
}
