import { describe, expect, it } from '@jest/globals';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { readSupergraph } from './read-supergraph.ts';

describe('readSupergraph', () => {
  it('reads each kind of policy on fields and types', () => {
    const { policies } = readSupergraph(
      composed(`${fed('"@authenticated", "@requiresScopes", "@policy"')}
        type Query { a: Int @authenticated b: Int @requiresScopes(scopes: [["x", "y"], ["z"]]) c: Vault }
        type Vault @policy(policies: [["staff"]]) { gold: Int }`),
    );

    expect(Object.fromEntries(policies.fields)).toEqual({
      'Query.a': { authenticated: true, scopes: [], policies: [] },
      'Query.b': { authenticated: false, scopes: [['x', 'y'], ['z']], policies: [] },
    });
    expect(Object.fromEntries(policies.types)).toEqual({
      Vault: { authenticated: false, scopes: [], policies: [['staff']] },
    });
  });

  it('knows a directive under another name', () => {
    const { policies, gatewaySdl } = readSupergraph(
      composed(`${fed('{ name: "@authenticated", as: "@signedIn" }')} type Query { a: Int @signedIn }`),
    );

    expect([...policies.fields.keys()]).toEqual(['Query.a']);
    expect(gatewaySdl).not.toContain('signedIn');
  });

  it('gives the planner an SDL without the specs that it refuses, and with all others', () => {
    const { sdl, gatewaySdl } = readSupergraph(
      composed(
        `${fed('"@requiresScopes", "@cost"')} type Query { a: Int @requiresScopes(scopes: [["x"]]) @cost(weight: 3) }`,
      ),
    );

    expect(sdl).toContain('requiresScopes__Scope');
    expect(gatewaySdl).not.toContain('requiresScopes');
    expect(gatewaySdl).toContain('@cost(weight: 3)');
  });

  it('reads live fields under whatever root type', () => {
    const { liveFields } = readSupergraph(
      composed(`${fed('"@composeDirective"')}
        extend schema @link(url: "https://storefront.dev/live/v1.0", import: ["@live"]) @composeDirective(name: "@live")
        directive @live(event: [String!]!, argument: String, attribute: String, seesAll: String) on FIELD_DEFINITION
        schema { query: Query subscription: News }
        type Query { a: Int }
        type News { rain(city: ID): Int @live(event: ["rain.began", "rain.ended"], argument: "city", attribute: "subject") sun: Int @live(event: "sun.rose", seesAll: "sky") }`),
    );

    expect(Object.fromEntries(liveFields)).toEqual({
      rain: { events: ['rain.began', 'rain.ended'], filter: { argument: 'city', attribute: 'subject' }, seesAll: null },
      sun: { events: ['sun.rose'], filter: null, seesAll: 'sky' },
    });
  });

  it('names the subgraphs with the hashes of their SDLs', () => {
    const { subgraphs } = readSupergraph(composed(`${fed('')} type Query { a: Int }`), new Map([['one', 'abc']]));

    expect(subgraphs).toEqual([{ name: 'one', url: 'http://one/graphql', sdlHash: 'abc' }]);
  });
});

const fed = (imports: string) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${imports}])`;

function composed(sdl: string): string {
  const { supergraphSdl, errors } = composeServices([{ name: 'one', url: 'http://one/graphql', typeDefs: parse(sdl) }]);
  if (supergraphSdl === undefined) throw new AggregateError(errors ?? [], 'the test SDL does not compose');
  return supergraphSdl;
}
