import {
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type InlineFragmentNode,
  isAbstractType,
  Kind,
  print,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { type Facts, namedType } from './facts.ts';
import { concreteTypes, fieldOf } from './relied-upon.ts';
import type { World } from './world.ts';

/** A field of an operation and the object types that it may be asked of. */
export interface AskedField {
  readonly node: FieldNode;
  readonly types: readonly string[];
}

/** The fields of an operation. */
export function askedFields(world: World, document: DocumentNode): readonly AskedField[] {
  const found: AskedField[] = [];
  const typeInfo = new TypeInfo(world.schema);
  const onField = (node: FieldNode) => {
    const parent = typeInfo.getParentType();
    if (parent) found.push({ node, types: possible(world, parent) });
  };
  visit(document, visitWithTypeInfo(typeInfo, { Field: onField }));
  return found;
}

/** The type conditions of an operation, each with the type that it is put on. Spreads count as conditions. */
export function typeConditions(
  world: World,
  document: DocumentNode,
): readonly { readonly on: GraphQLCompositeType; readonly condition: string }[] {
  const found: { on: GraphQLCompositeType; condition: string }[] = [];
  const typeInfo = new TypeInfo(world.schema);
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.typeCondition.name.value]] : [],
    ),
  );
  const stack: GraphQLCompositeType[] = [];
  const note = (condition: string | undefined) => {
    const on = stack.at(-1);
    if (on && condition !== undefined) found.push({ on, condition });
  };
  visit(
    document,
    visitWithTypeInfo(typeInfo, {
      SelectionSet: {
        enter: () => void stack.push(typeInfo.getParentType() as GraphQLCompositeType),
        leave: () => void stack.pop(),
      },
      InlineFragment: (node: InlineFragmentNode) => note(node.typeCondition?.name.value),
      FragmentSpread: ({ name }) => note(fragments.get(name.value)),
    }),
  );
  return found;
}

/** The arguments with which plans fetch fields of their own accord, printed, by `Type.field` of concrete types. */
export function reliedArguments(
  facts: Facts,
  selections: Facts['reliedUpon'] = facts.reliedUpon,
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  const collect = (type: string, selection: SelectionSetNode): void => {
    for (const node of selection.selections) {
      if (node.kind === Kind.FRAGMENT_SPREAD) continue;
      if (node.kind === Kind.INLINE_FRAGMENT) {
        for (const inner of concreteTypes(facts, node.typeCondition?.name.value ?? type)) collect(inner, node.selectionSet);
        continue;
      }
      const coordinate = `${type}.${node.name.value}`;
      found.set(coordinate, (found.get(coordinate) ?? new Set()).add(printArguments(node)));
      const field = fieldOf(facts, type, node.name.value);
      if (!field || !node.selectionSet) continue;
      for (const inner of concreteTypes(facts, namedType(field.type))) collect(inner, node.selectionSet);
    }
  };
  for (const { type, selection } of selections)
    for (const concrete of concreteTypes(facts, type)) collect(concrete, selection);
  return found;
}

/** A field's arguments, as text. */
export function printArguments(node: FieldNode): string {
  return (node.arguments ?? []).map(print).sort().join();
}

function possible({ schema }: World, type: GraphQLCompositeType): readonly string[] {
  return isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [type.name];
}
