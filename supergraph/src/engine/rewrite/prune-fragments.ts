import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';

/** The object types that an object at some place of an operation may have. */
type Possible = ReadonlySet<string>;

/**
 * Takes out of a document the fragments that can never apply where they stand: Apollo's planner throws on some of them. What is asked of a
 * type without any object becomes `__typename`, so that the subgraph is asked at all; of an interface object without any it goes, since
 * nothing can be asked of it. Fragments that stay as they are stay shared; a document without anything of the kind comes back as it is.
 */
export function pruneFragments(
  { schema, interfaceObjects }: Pick<Pruning, 'schema' | 'interfaceObjects'>,
  document: DocumentNode,
): DocumentNode {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const one of document.definitions) {
    if (one.kind === Kind.FRAGMENT_DEFINITION) fragments.set(one.name.value, one);
  }
  const pruning: Pruning = { schema, interfaceObjects, fragments, seen: new Map() };
  let isChanged = false;
  const definitions = document.definitions.map((one) => {
    const root = one.kind === Kind.OPERATION_DEFINITION ? schema.getRootType(one.operation) : null;
    if (one.kind !== Kind.OPERATION_DEFINITION || !root) return one;
    const pruned = pruneSet(pruning, one.selectionSet, { type: root, possible: new Set([root.name]) });
    isChanged ||= pruned !== one.selectionSet;
    const selectionSet = pruned.selections.length === 0 ? onlyTypename : pruned;
    return pruned === one.selectionSet ? one : { ...one, selectionSet };
  });
  return isChanged ? { ...document, definitions } : document;
}

interface Pruning {
  readonly schema: GraphQLSchema;
  /** Interfaces that are an object in some subgraph, which has no `__typename` to ask for. */
  readonly interfaceObjects: Pick<ReadonlySet<string>, 'has'>;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** What has become of a named fragment, by its name and the possible types around it. */
  readonly seen: Map<string, SelectionSetNode>;
}

interface At {
  readonly type: GraphQLNamedType;
  readonly possible: Possible;
}

const typename: FieldNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } };
const onlyTypename: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [typename] };

/** The same object when nothing changes. An empty selection is given back as it is: what is around it decides. */
function pruneSet(pruning: Pruning, set: SelectionSetNode, at: At): SelectionSetNode {
  let isChanged = false;
  const selections = set.selections.flatMap((node): readonly SelectionNode[] => {
    const kept = node.kind === Kind.FIELD ? pruneField(pruning, node, at) : pruneFragment(pruning, node, at);
    isChanged ||= kept !== node;
    return kept ? [kept] : [];
  });
  return isChanged ? { ...set, selections } : set;
}

function pruneField(pruning: Pruning, node: FieldNode, { type }: At): FieldNode | null {
  const field = 'getFields' in type ? type.getFields()[node.name.value] : undefined;
  const inner = field && getNamedType(field.type);
  if (!node.selectionSet || !isCompositeType(inner)) return node;
  const possible = possibleTypes(pruning.schema, inner);
  const pruned = pruneSet(pruning, node.selectionSet, { type: inner, possible });
  if (possible.size === 0) {
    return pruning.interfaceObjects.has(inner.name) ? null : { ...node, selectionSet: onlyTypename };
  }
  if (pruned === node.selectionSet) return node;
  return { ...node, selectionSet: pruned.selections.length === 0 ? onlyTypename : pruned };
}

function pruneFragment(pruning: Pruning, node: Exclude<SelectionNode, FieldNode>, at: At): SelectionNode | null {
  const { schema, fragments } = pruning;
  const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node;
  if (!fragment) return node;
  const type = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : at.type;
  if (!type) return node;
  const possible = intersect(at.possible, possibleTypes(schema, type));
  if (possible.size === 0) return null;
  const selectionSet =
    node.kind === Kind.FRAGMENT_SPREAD
      ? pruneNamed(pruning, node.name.value, { type, possible })
      : pruneSet(pruning, fragment.selectionSet, { type, possible });
  if (selectionSet === fragment.selectionSet) return node;
  if (selectionSet.selections.length === 0) return null;
  const { typeCondition } = fragment;
  const inline: InlineFragmentNode = {
    kind: Kind.INLINE_FRAGMENT,
    ...(typeCondition ? { typeCondition } : {}),
    directives: node.directives ?? [],
    selectionSet,
  };
  return inline;
}

function pruneNamed(pruning: Pruning, name: string, at: At): SelectionSetNode {
  const key = `${name} ${[...at.possible].join()}`;
  const known = pruning.seen.get(key);
  if (known) return known;
  const set = pruning.fragments.get(name)?.selectionSet ?? onlyTypename;
  const pruned = pruneSet(pruning, set, at);
  pruning.seen.set(key, pruned);
  return pruned;
}

function possibleTypes(schema: GraphQLSchema, type: GraphQLNamedType): Possible {
  if (isAbstractType(type)) return new Set(schema.getPossibleTypes(type).map(({ name }) => name));
  return new Set(isObjectType(type) ? [type.name] : []);
}

function intersect(one: Possible, other: Possible): Possible {
  return new Set([...one].filter((name) => other.has(name)));
}
