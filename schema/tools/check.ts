/** `npm run schema:check`: says what a change of the schema would break; `--help` tells its options. */
import { execFileSync } from 'node:child_process';
import { readCommandLine, text } from '@storefront/platform/process/command-line.ts';
import { apiSchemaOf, compareGraphs } from './changes.ts';
import { findBrokenDocuments, readDocuments } from './documents.ts';
import { composeFromRover } from './supergraph.ts';

const { options } = readCommandLine({
  usage: 'npm run schema:check',
  does: 'Composes the subgraphs as they are here, and compares the graph with the one in git.',
  options: { base: text('REF', 'the version in git to compare with', 'HEAD') },
  more: 'Exit code 1 for a breaking change, and for a trusted document that the new graph cannot answer.',
});

const composition = await composeFromRover('rover.yaml');
if ('faults' in composition) {
  report('The subgraphs do not compose:', composition.faults);
  process.exit(1);
}
const { breaking, other } = await compareGraphs(committedSupergraph(options.base), composition.supergraphSdl);
report(`Safe changes since ${options.base}:`, other);
report(`Breaking changes since ${options.base}:`, breaking);

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
