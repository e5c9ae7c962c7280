/**
 * `npm run schema:check -- [--base REF]`: composes the working tree and compares it with the supergraph in git
 * (default: HEAD). Fails on a breaking change and on a trusted document that the new graph cannot answer.
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { apiSchemaOf, compareGraphs } from './changes.ts';
import { findBrokenDocuments, readDocuments } from './documents.ts';
import { composeFromRover } from './supergraph.ts';

const { values } = parseArgs({ options: { base: { type: 'string', default: 'HEAD' } } });

const composition = await composeFromRover('rover.yaml');
if ('faults' in composition) {
  report('The subgraphs do not compose:', composition.faults);
  process.exit(1);
}
const { breaking, other } = await compareGraphs(committedSupergraph(values.base), composition.supergraphSdl);
report(`Safe changes since ${values.base}:`, other);
report(`Breaking changes since ${values.base}:`, breaking);

const documents = await readDocuments('schema/operations');
const broken = findBrokenDocuments(apiSchemaOf(composition.supergraphSdl), documents);
report('Operations that break:', broken);

if (breaking.length + broken.length > 0) process.exit(1);
console.log(`schema: ${other.length} safe changes, none breaking; ${documents.length} operations still answer`);

function committedSupergraph(ref: string): string {
  try {
    return execFileSync('git', ['show', `${ref}:schema/supergraph.graphql`], { encoding: 'utf8', stdio: 'pipe' });
  } catch {
    console.error(`There is no schema/supergraph.graphql in ${ref}: give another version with --base REF.`);
    process.exit(1);
  }
}

function report(title: string, lines: readonly string[]): void {
  if (lines.length > 0) console.error(`${title}\n${lines.map((line) => `- ${line}`).join('\n')}`);
}
