import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { anonymous } from '@storefront/platform/identity/caller.ts';
import { buildSchema, parse } from 'graphql';
import { readSupergraph } from '../../composition/read-supergraph.ts';
import { compileCoercion } from '../compile-coercion.ts';
import { selectOperation } from '../operation.ts';
import { createPricing } from './pricing.ts';

const house = new URL('../../../../schema/', import.meta.url);
const sdl = readFileSync(new URL('supergraph.graphql', house), 'utf8');
const schema = buildSchema(sdl, { assumeValid: true });
const pricing = createPricing({ schema, costs: readSupergraph(sdl).costs, assumedListSize: 10 });
const operations = readdirSync(new URL('operations/', house)).filter((name) => name.endsWith('.graphql'));

/** The price of a trusted document for a whole page of 100. */
function priceOf(source: string): number {
  const document = parse(source);
  const operation = selectOperation(document);
  const coerce = compileCoercion(schema, operation);
  const known = { hash: '', document, operation, operationName: undefined, caller: anonymous, allowed: document };
  return pricing.estimate({ ...known, coerce, denied: [], flags: [], labels: [], plans: new Map() }, { first: 100 });
}

describe('the operations of the house', () => {
  it.each(operations)('%s may be executed for a whole page within the limit of cost', (name) => {
    const price = priceOf(readFileSync(new URL(`operations/${name}`, house), 'utf8'));

    expect(price).toBeGreaterThan(0);
    expect(price).toBeLessThanOrEqual(1_000);
  });

  it('leave no room for a page of pages', () => {
    const page = 'orders(first: 100) { nodes { lines { product { name } } } }';

    expect(priceOf(`{ users(first: 100) { nodes { ${page} } } }`)).toBeGreaterThan(1_000);
  });
});
