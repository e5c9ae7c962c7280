import {
  type DocumentNode,
  executeSync,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** The answers of an operation's `__schema` and `__type` fields by response name. */
export type Introspect = (variables: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

const none: Readonly<Record<string, unknown>> = {};

/** Prepares the introspection of an operation: graphql-js answers it from the API schema. No subgraph is asked. */
export function compileIntrospection(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Introspect {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  const selections = rootFields(operation.selectionSet, new Map(fragments.map((one) => [one.name.value, one]))).filter(
    ({ name }) => name.value === '__schema' || name.value === '__type',
  );
  if (selections.length === 0) return () => none;
  const asked: OperationDefinitionNode = { ...operation, selectionSet: { kind: Kind.SELECTION_SET, selections } };
  const introspection: DocumentNode = { kind: Kind.DOCUMENT, definitions: [asked, ...fragments] };
  return (variableValues) => executeSync({ schema, document: introspection, variableValues }).data ?? none;
}

function rootFields(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): readonly FieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection];
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    return fragment ? rootFields(fragment.selectionSet, fragments) : [];
  });
}
