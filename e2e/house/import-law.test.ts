import { describe, expect, it } from '@jest/globals';
import { readSources, subgraphFolders } from './sources.ts';

const sources = readSources();
const production = sources.filter(({ path }) => !path.endsWith('.test.ts') && !/\/testing\//.test(path));

/** Each import that breaks the rule, as "file imports what". */
function offences(files: typeof sources, isForbidden: (path: string, imported: string) => boolean): string[] {
  return files.flatMap(({ path, imports }) =>
    imports.filter((imported) => isForbidden(path, imported)).map((imported) => `${path} imports ${imported}`),
  );
}

/** The workspace that a path belongs to, or null for a package. */
function workspaceOf(path: string): string | null {
  const [first, second] = path.split('/');
  if (first === 'subgraphs') return `subgraphs/${second}`;
  if (first === 'schema' && second === 'tools') return 'schema/tools';
  return ['schema', 'platform', 'supergraph', 'stack', 'e2e'].includes(first ?? '') ? (first ?? null) : null;
}

const allowed: Readonly<Record<string, readonly string[]>> = {
  schema: [],
  // Programs of development: no service imports them.
  'schema/tools': ['schema', 'platform'],
  platform: ['schema'],
  supergraph: ['schema', 'platform'],
  ...Object.fromEntries(subgraphFolders.map((folder) => [folder, ['schema', 'platform']])),
  stack: ['schema', 'schema/tools', 'platform'],
  e2e: ['schema', 'schema/tools', 'platform', 'supergraph', ...subgraphFolders, 'stack'],
};

const layersBelow: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  'use-cases': ['domain'],
  graphql: ['domain', 'use-cases', 'storage'],
  storage: ['domain', 'use-cases'],
  events: ['domain', 'use-cases', 'storage'],
};

/** The layer inside a subgraph's src, when it has a law of its own. */
function layerOf(path: string): string | undefined {
  return /^subgraphs\/[^/]+\/src\/([^/]+)\//.exec(path)?.[1];
}

describe('the import law', () => {
  it('sees the files and their imports', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.flatMap(({ imports }) => imports)).toContain('platform/config/config.ts');
  });

  it('lets each workspace import only what stands below it', () => {
    const found = offences(sources, (path, imported) => {
      const [from, to] = [workspaceOf(path), workspaceOf(imported)];
      return from !== null && to !== null && from !== to && !allowed[from]?.includes(to);
    });

    expect(found).toEqual([]);
  });

  it('lets each layer of a subgraph import only what stands below it', () => {
    const found = offences(production, (path, imported) => {
      const [from, to] = [layerOf(path), layerOf(imported)];
      if (!from || !to || from === to || !(from in layersBelow) || !(to in layersBelow)) return false;
      return !layersBelow[from]?.includes(to);
    });

    expect(found).toEqual([]);
  });

  it.each([
    ['amqplib', 'platform/bus/'],
    ['ioredis', 'platform/redis/'],
    ['consul', 'platform/discovery/'],
    ['pg', 'platform/postgres/'],
  ])('lets only one place import %s', (client, home) => {
    const found = offences(production, (path, imported) => imported === client && !path.startsWith(home));

    expect(found).toEqual([]);
  });

  it('keeps the domain free of every package but zod, which describes values', () => {
    const found = offences(
      production.filter(({ path }) => layerOf(path) === 'domain'),
      (_path, imported) => workspaceOf(imported) === null && imported !== 'zod',
    );

    expect(found).toEqual([]);
  });
});
