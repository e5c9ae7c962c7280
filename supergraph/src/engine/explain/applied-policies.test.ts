import { describe, expect, it } from '@jest/globals';
import { buildSchema, parse } from 'graphql';
import type { Requirement } from '../../composition/supergraph.ts';
import { readAppliedPolicies } from './applied-policies.ts';

const schema = buildSchema(`
  type Query { me: User node: Node }
  interface Node { id: ID }
  type User implements Node { id: ID email: String purse: Money }
  type Money { amount: Int }
`);
const requirement = (given: Partial<Requirement>): Requirement => ({
  authenticated: false,
  scopes: [],
  policies: [],
  ...given,
});
const policies = {
  types: new Map([['Money', requirement({ scopes: [['money'], ['all', 'seeing']] })]]),
  fields: new Map([
    ['User.email', requirement({ authenticated: true, policies: [['self']] })],
    ['User.id', requirement({ authenticated: true })],
  ]),
};
const rights = { key: '', satisfies: ({ scopes }: Requirement) => scopes.length === 0 };
const read = (source: string) => readAppliedPolicies({ schema, policies }, parse(source), rights);

describe('the access rules that an operation meets', () => {
  it('are those of its fields and their types, in fragments too, each once and as the schema writes them', () => {
    const source = '{ me { email again: email ...More } } fragment More on User { purse { amount } }';

    expect(read(source)).toEqual([
      {
        on: 'Money',
        rules: ['@requiresScopes(scopes: [["money"],["all","seeing"]])'],
        isSatisfied: false,
      },
      { on: 'User.email', rules: ['@authenticated', '@policy(policies: [["self"]])'], isSatisfied: true },
    ]);
  });

  it('are those of every type that a field of an interface may belong to', () => {
    expect(read('{ node { id } }')).toEqual([{ on: 'User.id', rules: ['@authenticated'], isSatisfied: true }]);
  });

  it('are none for what everybody may see', () => {
    expect(read('{ me { __typename } }')).toEqual([]);
  });
});
