import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { requiredFields } from './representation.ts';
import { evaluate, readProperty } from './source-text.ts';

type Source = Readonly<Record<string, unknown>>;

/** Tells equal entities without writing them: most objects of a long list are ones that came before. */
export interface Identity {
  /** The value of one key field; it alone does not decide. */
  keyOf(object: Source): unknown;
  /** True when both have the same representation. False may also mean that it takes more to know. */
  isSame(one: Source, other: Source): boolean;
}

/** Compiles the identity for a `requires`; null when it has nested fields or nothing that all its types have in common. */
export function compileIdentity(schema: GraphQLSchema, requires: readonly QueryPlanSelectionNode[]): Identity | null {
  const variants = requiredFields(schema, requires);
  const names = new Set(variants.flatMap((fields) => [...fields.keys()]));
  const key = [...names].find((name) => name !== '__typename' && variants.every((fields) => fields.has(name)));
  const isFlat = variants.every((fields) => [...fields.values()].every((selections) => selections === undefined));
  if (key === undefined || !isFlat || names.has('__proto__')) return null;
  const tests = [...names].map((name) => `${readProperty('a', name)} === ${readProperty('b', name)}`);
  return evaluate(
    `return { keyOf: (a) => ${readProperty('a', key)}, isSame: (a, b) => ${tests.join(' && ')} };`,
  ) as Identity;
}
