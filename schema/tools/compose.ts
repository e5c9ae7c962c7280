/** `npm run schema:compose`: writes schema/supergraph.graphql; with `--check` only says whether it is fresh. */
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { composeFromRover } from './supergraph.ts';

const target = 'schema/supergraph.graphql';
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

const composition = await composeFromRover('rover.yaml');
if ('faults' in composition) {
  console.error(`The subgraphs do not compose:\n${composition.faults.map((fault) => `- ${fault}`).join('\n')}`);
  process.exit(1);
}
const committed = await readFile(target, 'utf8').catch(() => '');
const isFresh = committed === composition.supergraphSdl;
if (values.check && !isFresh) {
  console.error(`${target} is not what the subgraphs compose to: run \`npm run schema:compose\` and commit it.`);
  process.exit(1);
}
if (!isFresh) await writeFile(target, composition.supergraphSdl);
console.log(isFresh ? `${target} is fresh` : `${target} written`);
