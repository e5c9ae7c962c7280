import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { apiSchemaOf, compareGraphs } from './changes.ts';
import { findBrokenDocuments } from './documents.ts';
import { composeFromRover } from './supergraph.ts';

const rover = (file: string) =>
  `federation_version: =2.14.4\nsubgraphs:\n  cats:\n    routing_url: http://localhost:1/graphql\n    schema:\n      file: ${file}\n`;

describe('schema tools', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'schema-tools-'));
    await writeFile(join(folder, 'rover.yaml'), rover('cats.graphql'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function compose(sdl: string) {
    await writeFile(join(folder, 'cats.graphql'), sdl);
    return composeFromRover(join(folder, 'rover.yaml'));
  }

  async function supergraphOf(sdl: string): Promise<string> {
    const composition = await compose(sdl);
    if ('faults' in composition) throw new Error(composition.faults.join());
    return composition.supergraphSdl;
  }

  it('names the breaking change when a field goes', async () => {
    const before = await supergraphOf('type Query { cat: String dog: String }');
    const after = await supergraphOf('type Query { cat: String mouse: String }');

    const changes = await compareGraphs(before, after);

    expect(changes.breaking).toEqual([expect.stringContaining("'dog'")]);
    expect(changes.other).toEqual([expect.stringContaining("'mouse'")]);
  });

  it('names the document and the route that a change breaks', async () => {
    const schema = apiSchemaOf(await supergraphOf('type Query { cat: String }'));
    const documents = [
      { name: 'get-dog.graphql', purpose: 'GET /api/dogs/:id', source: 'query GetDog { dog }' },
      { name: 'get-cat.graphql', purpose: 'GET /api/cats/:id', source: 'query GetCat { cat }' },
    ];

    expect(findBrokenDocuments(schema, documents)).toEqual([
      expect.stringMatching(/^get-dog\.graphql \(GET \/api\/dogs\/:id\): Cannot query field "dog"/),
    ]);
  });

  it('says which subgraph breaks which composition rule', async () => {
    const composition = await compose('type Query { cat: Cat } type Cat @key(fields: "nope") { id: ID }');

    expect(composition).toEqual({ faults: [expect.stringMatching(/^[A-Z_]+ \[cats\]/)] });
  });

  it('gives the file, line and column of an SDL that does not parse', async () => {
    const composition = await compose('type Query {\n  cat: \n}');

    expect(composition).toEqual({ faults: [expect.stringMatching(/^cats\.graphql: .*line 3, column 1/)] });
  });

  it('commits the supergraph that the subgraphs compose to', async () => {
    const composition = await composeFromRover('rover.yaml');

    expect(composition).toEqual({ supergraphSdl: await readFile('schema/supergraph.graphql', 'utf8') });
  });
});
