import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  Kind,
  type SelectionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/** Rewrites an operation for the planner. */
export type MakeConcrete = (document: DocumentNode) => DocumentNode;

/**
 * Makes the rewriting for one graph: on an interface that is an object in some subgraph, and on the types behind it, a fragment
 * on another abstract type becomes one for each type that both stand for; one that never applies goes. Apollo's planner cannot
 * plan these ("We should have an edge from … for __typename"). Without such an interface, operations stay as they are.
 */
export function createConcreteConditions(
  schema: GraphQLSchema,
  interfaceObjects: Pick<ReadonlySet<string>, 'has' | 'size'>,
): MakeConcrete {
  if (interfaceObjects.size === 0) return (document) => document;
  const isBehind = (type: GraphQLCompositeType) =>
    interfaceObjects.has(type.name) ||
    (isObjectType(type) && type.getInterfaces().some(({ name }) => interfaceObjects.has(name)));
  return (document) => {
    const typeInfo = new TypeInfo(schema);
    return visit(
      document,
      visitWithTypeInfo(typeInfo, {
        SelectionSet: {
          enter(node) {
            const parent = typeInfo.getParentType();
            if (!parent || !isBehind(parent)) return undefined;
            const selections = node.selections.flatMap((selection) =>
              concrete({ schema, document, parent }, selection),
            );
            return { ...node, selections: selections.length > 0 ? selections : [typename] };
          },
        },
      }),
    );
  };
}

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };

function concrete(
  at: { readonly schema: GraphQLSchema; readonly document: DocumentNode; readonly parent: GraphQLCompositeType },
  node: SelectionNode,
): readonly SelectionNode[] {
  const { schema, document, parent } = at;
  if (node.kind === Kind.FIELD) return [node];
  const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : findFragment(document, node.name.value);
  const type = fragment?.typeCondition && schema.getType(fragment.typeCondition.name.value);
  if (!fragment || !type || type === parent) return [node];
  if (!isAbstractType(type)) return isAbstractType(parent) ? [node] : [];
  const possible = isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent];
  return possible
    .filter((one) => isObjectType(one) && schema.isSubType(type, one))
    .map(({ name }) => ({
      kind: Kind.INLINE_FRAGMENT,
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: name } },
      directives: node.directives ?? [],
      selectionSet: fragment.selectionSet,
    }));
}

function findFragment(document: DocumentNode, name: string): FragmentDefinitionNode | undefined {
  return document.definitions.find(
    (definition): definition is FragmentDefinitionNode =>
      definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name,
  );
}
