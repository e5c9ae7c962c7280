/** `npm run schema:compose`: writes schema/supergraph.graphql; `--help` tells its options. */
import { readFile, writeFile } from 'node:fs/promises';
import { flag, readCommandLine } from '@storefront/platform/process/command-line.ts';
import { composeFromRover } from './supergraph.ts';

const target = 'schema/supergraph.graphql';
const { options } = readCommandLine({
  usage: 'npm run schema:compose',
  does: 'Composes the subgraphs and writes schema/supergraph.graphql.',
  options: { check: flag('only say whether the file is fresh; exit code 1 when it is not') },
});

const composition = await composeFromRover('rover.yaml');
if ('faults' in composition) {
  console.error(`The subgraphs do not compose:\n${composition.faults.map((fault) => `- ${fault}`).join('\n')}`);
  process.exit(1);
}
const committed = await readFile(target, 'utf8').catch(() => '');
const isFresh = committed === composition.supergraphSdl;
if (options.check && !isFresh) {
  console.error(`${target} is not what the subgraphs compose to: run \`npm run schema:compose\` and commit it.`);
  process.exit(1);
}
if (!isFresh) await writeFile(target, composition.supergraphSdl);
console.log(isFresh ? `${target} is fresh` : `${target} written`);
