import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GraphQLSchema, parse, validate } from 'graphql';

/** One trusted document: a file of schema/operations. `purpose` is its first comment line: the REST route it answers, or its demo. */
export interface TrustedDocument {
  name: string;
  purpose: string;
  source: string;
}

/** Reads every document of a folder, sorted by name. */
export async function readDocuments(folder: string): Promise<TrustedDocument[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.graphql')).toSorted();
  return Promise.all(
    files.map(async (file) => {
      const source = await readFile(join(folder, file), 'utf8');
      return { name: file, purpose: /^#\s*(.+)/.exec(source)?.[1] ?? 'no stated purpose', source };
    }),
  );
}

/** Every document that the graph cannot answer, with what it is for and why it fails. */
export function findBrokenDocuments(schema: GraphQLSchema, documents: readonly TrustedDocument[]): string[] {
  return documents.flatMap(({ name, purpose, source }) =>
    faultsOf(schema, source).map((fault) => `${name} (${purpose}): ${fault}`),
  );
}

function faultsOf(schema: GraphQLSchema, source: string): string[] {
  try {
    return validate(schema, parse(source)).map(({ message }) => message);
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
