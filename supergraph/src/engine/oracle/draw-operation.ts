import fc from 'fast-check';
import {
  type DocumentNode,
  doTypesOverlap,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  isCompositeType,
  isLeafType,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { drawArguments, type PooledVariable, poolVariables } from './draw-arguments.ts';
import { conditionVariables, drawConditions } from './draw-conditions.ts';
import { mergeable } from './mergeable.ts';

/** Draws operations for a schema. */
export interface OperationSource {
  readonly pool: readonly PooledVariable[];
  readonly operations: fc.Arbitrary<DocumentNode>;
}

/**
 * Draws valid operations: aliases, arguments, variables, fragments of both kinds on overlapping types, @skip and @include,
 * `__typename`, now and then a mutation. Shrinks towards fewer selections.
 */
export function createOperationSource(schema: GraphQLSchema): OperationSource {
  const pool = poolVariables(schema);
  const variables = [...pool, ...conditionVariables];
  const composites = Object.values(schema.getTypeMap()).filter(
    (type) => isCompositeType(type) && !type.name.startsWith('__') && type !== schema.getMutationType(),
  ) as GraphQLCompositeType[];
  const deps: DrawDeps = { schema, pool, composites, shared: [], remembered: new Map() };
  const shared = composites.filter((_, index) => index % 3 === 0).slice(0, 3);
  const bodies = fc.tuple(...shared.map((type) => drawSelections(deps, type, 1)));
  const withShared = { ...deps, shared, remembered: new Map() };
  const rootOf = (kind: OperationTypeNode) => {
    const root = schema.getRootType(kind);
    return root ? fc.tuple(fc.constant(kind), bodies, drawSelections(withShared, root, 4)) : null;
  };
  const mutation = rootOf(OperationTypeNode.MUTATION);
  const query = rootOf(OperationTypeNode.QUERY);
  if (!query) throw new Error('the schema has no queries');
  const operations = fc
    .oneof({ weight: 9, arbitrary: query }, ...(mutation ? [mutation] : []))
    .map(([kind, fragments, selectionSet]) =>
      mergeable(schema, assemble(variables, { kind, selectionSet, fragments: fragments.map(toFragment(shared)) })),
    );
  return { pool: variables, operations };
}

interface DrawDeps {
  readonly schema: GraphQLSchema;
  readonly pool: readonly PooledVariable[];
  readonly composites: readonly GraphQLCompositeType[];
  /** The types of the fragments that any selection may spread. */
  readonly shared: readonly GraphQLCompositeType[];
  readonly remembered: Map<string, fc.Arbitrary<SelectionSetNode>>;
}

const nameNode = (value: string) => ({ kind: Kind.NAME as const, value });
const typeNode = (name: string) => ({ kind: Kind.NAMED_TYPE as const, name: nameNode(name) });
const typename: FieldNode = { kind: Kind.FIELD, name: nameNode('__typename') };
const fragmentName = (index: number) => `Shared${index}`;

const toFragment =
  (types: readonly GraphQLCompositeType[]) =>
  (selectionSet: SelectionSetNode, index: number): FragmentDefinitionNode => ({
    kind: Kind.FRAGMENT_DEFINITION,
    name: nameNode(fragmentName(index)),
    typeCondition: typeNode(types[index]?.name ?? 'Query'),
    selectionSet,
  });

function drawSelections(deps: DrawDeps, type: GraphQLCompositeType, depth: number): fc.Arbitrary<SelectionSetNode> {
  const key = `${type.name} ${depth}`;
  const known = deps.remembered.get(key);
  if (known) return known;
  const fields = 'getFields' in type ? Object.values(type.getFields()) : [];
  const simple = fields.filter((field) => isLeafType(getNamedType(field.type)));
  const deep = fields.filter((field) => !isLeafType(getNamedType(field.type)));
  const choices: fc.WeightedArbitrary<SelectionNode>[] = [
    { weight: 1, arbitrary: drawAlias(fc.constant(typename), []) },
  ];
  const names = fields.map(({ name }) => name);
  const add = (weight: number, options: readonly fc.Arbitrary<SelectionNode>[]) => {
    if (options.length > 0) choices.push({ weight, arbitrary: fc.oneof(...options) });
  };
  add(
    6,
    simple.map((field) => drawField(deps, field, { names, depth })),
  );
  if (depth > 0) {
    add(
      8,
      deep.map((field) => drawField(deps, field, { names, depth })),
    );
    add(names.length === 0 ? 8 : 3, inlineFragments(deps, type, depth));
  }
  add(1, spreads(deps, type));
  const selections = fc
    .array(fc.oneof(...choices), { minLength: 1, maxLength: depth > 2 ? 3 : 4 })
    .map((found): SelectionSetNode => ({ kind: Kind.SELECTION_SET, selections: found }));
  deps.remembered.set(key, selections);
  return selections;
}

function drawField(
  deps: DrawDeps,
  field: GraphQLField<unknown, unknown>,
  { names, depth }: { readonly names: readonly string[]; readonly depth: number },
): fc.Arbitrary<SelectionNode> {
  const type = getNamedType(field.type);
  const inner = isCompositeType(type) ? drawSelections(deps, type, depth - 1) : fc.constant(undefined);
  const node = fc
    .tuple(drawArguments(field.args, deps.pool), inner, drawConditions)
    .map(([args, selectionSet, conditions]): FieldNode => ({
      kind: Kind.FIELD,
      name: nameNode(field.name),
      arguments: args,
      directives: conditions,
      ...(selectionSet ? { selectionSet } : {}),
    }));
  return drawAlias(node, names);
}

function drawAlias(node: fc.Arbitrary<FieldNode>, names: readonly string[]): fc.Arbitrary<SelectionNode> {
  const alias = fc.oneof(
    { weight: 8, arbitrary: fc.constant(null) },
    { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c') },
    ...(names.length > 0 ? [{ weight: 1, arbitrary: fc.constantFrom(...names) }] : []),
  );
  return fc.tuple(node, alias).map(([field, name]) => (name === null ? field : { ...field, alias: nameNode(name) }));
}

function inlineFragments(deps: DrawDeps, type: GraphQLCompositeType, depth: number): fc.Arbitrary<SelectionNode>[] {
  const conditions = deps.composites.filter((other) => doTypesOverlap(deps.schema, type, other));
  return conditions.map((condition) =>
    fc
      .tuple(drawSelections(deps, condition, depth - 1), drawConditions, fc.nat(5))
      .map(([selectionSet, directives, bare]): SelectionNode => ({
        kind: Kind.INLINE_FRAGMENT,
        directives,
        selectionSet,
        ...(condition === type && bare === 0 ? {} : { typeCondition: typeNode(condition.name) }),
      })),
  );
}

function spreads(deps: DrawDeps, type: GraphQLCompositeType): fc.Arbitrary<SelectionNode>[] {
  return deps.shared.flatMap((condition, index) =>
    doTypesOverlap(deps.schema, type, condition)
      ? drawConditions.map((directives): SelectionNode => ({
          kind: Kind.FRAGMENT_SPREAD,
          name: nameNode(fragmentName(index)),
          directives,
        }))
      : [],
  );
}

/** Only the fragments and variables that are used go into the document. */
function assemble(
  pool: readonly PooledVariable[],
  parts: {
    readonly kind: OperationTypeNode;
    readonly selectionSet: SelectionSetNode;
    readonly fragments: readonly FragmentDefinitionNode[];
  },
): DocumentNode {
  const { kind, selectionSet, fragments } = parts;
  const used = new Set<string>();
  visit(selectionSet, { FragmentSpread: ({ name }) => void used.add(name.value) });
  const kept = fragments.filter(({ name }) => used.has(name.value));
  const variables = new Set<string>();
  for (const node of [selectionSet, ...kept]) visit(node, { Variable: ({ name }) => void variables.add(name.value) });
  const variableDefinitions = pool.filter(({ name }) => variables.has(name)).map(({ definition }) => definition);
  return {
    kind: Kind.DOCUMENT,
    definitions: [
      { kind: Kind.OPERATION_DEFINITION, operation: kind, name: nameNode('Fuzz'), variableDefinitions, selectionSet },
      ...kept,
    ],
  };
}
