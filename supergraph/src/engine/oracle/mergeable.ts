import {
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLSchema,
  Kind,
  OverlappingFieldsCanBeMergedRule,
  validate,
  visit,
} from 'graphql';

const mostRounds = 40;

/**
 * Takes fields out of an operation until those of equal response names can be merged.
 * Source: GraphQL October 2021, 5.3.2 Field Selection Merging
 */
export function mergeable(schema: GraphQLSchema, document: DocumentNode): DocumentNode {
  let current = document;
  for (let round = 0; round < mostRounds; round += 1) {
    const [conflict] = validate(schema, current, [OverlappingFieldsCanBeMergedRule], { maxErrors: 1 });
    const culprit = conflict?.nodes?.at(-1);
    if (!culprit) return dropUnused(current);
    current = without(current, culprit);
  }
  return current;
}

function without(document: DocumentNode, culprit: ASTNode): DocumentNode {
  return visit(document, {
    SelectionSet: {
      leave: (node) => (node.selections.length === 0 ? { ...node, selections: [typename] } : undefined),
    },
    Field: { enter: (node) => (node === culprit ? null : undefined) },
  });
}

/** Drops the variables and fragments that are no longer used. */
export function dropUnused(document: DocumentNode): DocumentNode {
  const spread = new Set<string>();
  visit(document, { FragmentSpread: ({ name }) => void spread.add(name.value) });
  const definitions = document.definitions.filter(
    (definition) => definition.kind !== Kind.FRAGMENT_DEFINITION || spread.has(definition.name.value),
  );
  const left: DocumentNode = { ...document, definitions };
  const used = new Set<string>();
  visit(left, {
    VariableDefinition: () => false,
    Variable: ({ name }) => void used.add(name.value),
  });
  const cleaned: DocumentNode = visit(left, {
    VariableDefinition: ({ variable }) => (used.has(variable.name.value) ? false : null),
  });
  return definitions.length === document.definitions.length ? cleaned : dropUnused(cleaned);
}

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };
