import { Supergraph } from '@apollo/federation-internals';
import { CriticalityLevel, diff } from '@graphql-inspector/core';
import type { GraphQLSchema } from 'graphql';

/** What differs between two versions of the graph, as clients see it. */
export interface Changes {
  breaking: string[];
  other: string[];
}

/** The schema that clients see of a supergraph: no join machinery, nothing inaccessible. */
export function apiSchemaOf(supergraphSdl: string): GraphQLSchema {
  return Supergraph.build(supergraphSdl, { supportedFeatures: null }).apiSchema().toGraphQLJSSchema();
}

/** Compares two supergraphs by graphql-inspector's rules. */
export async function compareGraphs(beforeSdl: string, afterSdl: string): Promise<Changes> {
  const changes = await diff(apiSchemaOf(beforeSdl), apiSchemaOf(afterSdl));
  const messages = (isBreaking: boolean) =>
    changes
      .filter(({ criticality }) => (criticality.level === CriticalityLevel.Breaking) === isBreaking)
      .map(({ message }) => message);
  return { breaking: messages(true), other: messages(false) };
}
