import fc from 'fast-check';
import { type DirectiveNode, GraphQLBoolean, Kind, type VariableDefinitionNode } from 'graphql';
import type { PooledVariable } from './draw-arguments.ts';

/** Draws `@skip` and `@include`, seldom and sometimes both. */
export const drawConditions: fc.Arbitrary<readonly DirectiveNode[]> = fc.oneof(
  { weight: 7, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc
      .uniqueArray(
        fc.record({
          name: fc.constantFrom('skip', 'include'),
          value: fc.constantFrom('yes', 'no', 'maybe', true, false),
        }),
        { minLength: 1, maxLength: 2, selector: ({ name }) => name },
      )
      .map((found) => found.map(({ name, value }) => condition(name, value))),
  },
);

function condition(name: string, value: string | boolean): DirectiveNode {
  return {
    kind: Kind.DIRECTIVE,
    name: nameNode(name),
    arguments: [
      {
        kind: Kind.ARGUMENT,
        name: nameNode('if'),
        value:
          typeof value === 'boolean' ? { kind: Kind.BOOLEAN, value } : { kind: Kind.VARIABLE, name: nameNode(value) },
      },
    ],
  };
}

/** The variables of conditions: two are always given, one may be missing. */
export const conditionVariables: readonly PooledVariable[] = ['yes', 'no', 'maybe'].map((name) => {
  const hasDefault = name === 'maybe';
  const definition: VariableDefinitionNode = {
    kind: Kind.VARIABLE_DEFINITION,
    variable: { kind: Kind.VARIABLE, name: nameNode(name) },
    type: { kind: Kind.NON_NULL_TYPE, type: { kind: Kind.NAMED_TYPE, name: nameNode('Boolean') } },
    ...(hasDefault ? { defaultValue: { kind: Kind.BOOLEAN, value: true } } : {}),
  };
  return { name, type: GraphQLBoolean, definition, hasDefault };
});

function nameNode(value: string) {
  return { kind: Kind.NAME as const, value };
}
