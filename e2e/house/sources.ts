import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

/** A source file of the repository and what it imports: packages by name, files by their path from the root. */
export interface Source {
  path: string;
  imports: string[];
}

const roots = ['schema', 'platform', 'supergraph', 'subgraphs', 'stack', 'e2e'];
/** The folder of each subgraph, as in `subgraphs/users`. */
export const subgraphFolders: readonly string[] = readdirSync('subgraphs').map((name) => `subgraphs/${name}`);
const workspaceFolders: Readonly<Record<string, string>> = {
  '@storefront/schema': 'schema',
  '@storefront/platform': 'platform',
  '@storefront/supergraph': 'supergraph',
  '@storefront/stack': 'stack',
  '@storefront/e2e': 'e2e',
  ...Object.fromEntries(subgraphFolders.map((folder) => [folder.replace('subgraphs', '@storefront'), folder])),
};
const importPattern = /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?\bfrom\s*'([^']+)'|\bimport\s*\(?\s*'([^']+)'/g;

/** Every TypeScript file of the workspaces with its imports resolved. */
export function readSources(): Source[] {
  return roots.flatMap((root) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.includes('node_modules'))
      .map((file) => readSource(join(root, file))),
  );
}

function readSource(path: string): Source {
  const text = readFileSync(path, 'utf8');
  const imports = [...text.matchAll(importPattern)].map(([, from, bare]) => resolveImport(path, from ?? bare ?? ''));
  return { path, imports };
}

function resolveImport(from: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(from), specifier));
  const workspace = Object.keys(workspaceFolders).find((name) => specifier.startsWith(`${name}/`));
  return workspace ? `${workspaceFolders[workspace]}${specifier.slice(workspace.length)}` : specifier;
}
