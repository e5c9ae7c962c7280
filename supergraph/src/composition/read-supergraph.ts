import { createHash } from 'node:crypto';
import { type DocumentNode, Kind, parse, print } from 'graphql';
import { argumentOf, readLinks } from './links.ts';
import { readCacheRules } from './read-cache-rules.ts';
import { readCosts } from './read-costs.ts';
import { readLiveFields } from './read-live-fields.ts';
import { readPolicies, stripSpecs } from './read-policies.ts';
import type { SubgraphSummary, Supergraph } from './supergraph.ts';

/**
 * Reads a composed supergraph: its policies, its costs, its live fields, and the SDL for the planner.
 * `sdlHashes` names the SDL that each subgraph came with, where that is known.
 * @throws GraphQLError when it does not parse; z.ZodError when a `@live` or a `@cacheTag` says nothing usable
 */
export function readSupergraph(sdl: string, sdlHashes: ReadonlyMap<string, string> = new Map()): Supergraph {
  const document = parse(sdl);
  const links = readLinks(document);
  return {
    id: createHash('sha256').update(sdl).digest('hex').slice(0, 16),
    sdl,
    gatewaySdl: print(stripSpecs(document, links)),
    policies: readPolicies(document, links),
    costs: readCosts(document, links),
    liveFields: readLiveFields(document, links),
    subgraphs: readSubgraphs(document, sdlHashes),
    cacheRules: readCacheRules(document, links),
  };
}

/** Source: specs.apollo.dev/join/v0.5#@graph */
function readSubgraphs(document: DocumentNode, sdlHashes: ReadonlyMap<string, string>): readonly SubgraphSummary[] {
  return document.definitions
    .flatMap((definition) =>
      definition.kind === Kind.ENUM_TYPE_DEFINITION && definition.name.value === 'join__Graph'
        ? (definition.values ?? [])
        : [],
    )
    .flatMap((value) => value.directives?.find(({ name }) => name.value === 'join__graph') ?? [])
    .map((directive) => {
      const name = String(argumentOf(directive, 'name'));
      const url = argumentOf(directive, 'url');
      return { name, sdlHash: sdlHashes.get(name) ?? '', ...(typeof url === 'string' && url ? { url } : {}) };
    });
}
