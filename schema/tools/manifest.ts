/** `npm run schema:manifest`: writes the trusted documents of schema/operations in Apollo's manifest format. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { flag, readCommandLine } from '@storefront/platform/process/command-line.ts';
import { getOperationAST, parse, print } from 'graphql';
import { readDocuments } from './documents.ts';

const path = 'schema/persisted-query-manifest.json';
const { options } = readCommandLine({
  usage: 'npm run schema:manifest',
  does: 'Writes schema/persisted-query-manifest.json, the trusted documents of schema/operations.',
  options: { check: flag('only say whether the file is fresh; exit code 1 when it is not') },
});

const documents = await readDocuments('schema/operations');
const operations = documents.map(({ name: file, source }) => {
  const document = parse(source);
  const operation = getOperationAST(document);
  if (!operation?.name) throw new Error(`${file} must have one operation, with a name`);
  const body = print(document);
  const id = createHash('sha256').update(body).digest('hex');
  return { id, name: operation.name.value, type: operation.operation, body };
});
const manifest = { format: 'apollo-persisted-query-manifest', version: 1, operations };
const text = `${JSON.stringify(manifest, null, 2)}\n`;

if (!options.check) {
  await writeFile(path, text);
  console.log(`${path} written`);
} else if ((await readFile(path, 'utf8').catch(() => '')) === text) {
  console.log(`${path} is fresh`);
} else {
  console.error(`${path} is not what schema/operations says: run npm run schema:manifest`);
  process.exit(1);
}
