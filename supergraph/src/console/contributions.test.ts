import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readContributions } from './contributions.ts';

const contributions = readContributions({ supergraphSdl: readFileSync('schema/supergraph.graphql', 'utf8') });

describe('what a subgraph contributes', () => {
  it('is the types and fields that it resolves, each of an entity its own', () => {
    expect([...contributions.keys()].toSorted()).toEqual(['orders', 'products', 'users']);
    expect(contributions.get('products')?.fields).toContain('Product.name');
    expect(contributions.get('orders')?.fields).toContain('Product.unitsSold');
    expect(contributions.get('orders')?.fields).not.toContain('Product.name');
  });

  it('does not hold what is only borrowed from others', () => {
    expect(contributions.get('orders')?.fields).not.toContain('Product.weightGrams');
    expect(contributions.get('orders')?.types).not.toContain('Query');
  });
});
