/** `npm run schema:events`: writes schema/asyncapi.json; with `--check` only says whether it is fresh. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'oxfmt';
import { describeEvents } from './describe-events.ts';

const target = 'schema/asyncapi.json';
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

const document = describeEvents(await readDocComments('schema/events'));
const { code } = await format(target, JSON.stringify(document, null, 2), { printWidth: 120 });
const isFresh = code === (await readFile(target, 'utf8').catch(() => ''));
if (values.check && !isFresh) {
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
