import {
  type DirectiveNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionSetNode,
} from 'graphql';
import { type Facts, namedType } from './facts.ts';
import { concreteTypes, fieldOf } from './relied-upon.ts';
import type { World } from './world.ts';

/** A field of an operation, where it is asked for. */
export interface AskedField {
  readonly node: FieldNode;
  /** The object types that it may be asked of. */
  readonly types: readonly string[];
  /** Whether a variable decides that it is asked for, on itself or on a fragment up to the field around it. */
  readonly isConditional: boolean;
}

/** A type condition and the type that it is put on. */
export interface TypeCondition {
  readonly on: GraphQLCompositeType;
  readonly condition: string;
}

/** What an operation asks for, its fragments expanded. */
export interface OperationFacts {
  readonly fields: readonly AskedField[];
  readonly conditions: readonly TypeCondition[];
}

/** Reads the one operation of a document. */
export function readOperation({ schema }: Pick<World, 'schema'>, document: DocumentNode): OperationFacts {
  const fields: AskedField[] = [];
  const conditions: TypeCondition[] = [];
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
  const collect = (on: GraphQLCompositeType, { selections }: SelectionSetNode, isWithin: boolean): void => {
    for (const node of selections) {
      const isConditional = isWithin || hasVariable(node.directives);
      if (node.kind === Kind.FIELD) {
        const types = isAbstractType(on) ? schema.getPossibleTypes(on).map(({ name }) => name) : [on.name];
        fields.push({ node, types, isConditional });
        const field = 'getFields' in on ? on.getFields()[node.name.value] : undefined;
        const type = field && getNamedType(field.type);
        if (node.selectionSet && isCompositeType(type)) collect(type, node.selectionSet, false);
        continue;
      }
      const fragment = node.kind === Kind.FRAGMENT_SPREAD ? fragments.get(node.name.value) : node;
      const condition = fragment?.typeCondition?.name.value ?? on.name;
      const type = schema.getType(condition);
      conditions.push({ on, condition });
      if (fragment && isCompositeType(type)) collect(type, fragment.selectionSet, isConditional);
    }
  };
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const root = operation && schema.getRootType(operation.operation);
  if (root) collect(root, operation.selectionSet, false);
  return { fields, conditions };
}

/** Whether everything in a selection set depends on variables, or is excluded. */
export function isAllConditional(document: DocumentNode, { selections }: SelectionSetNode): boolean {
  return selections.every((node) => {
    if (hasVariable(node.directives) || isExcluded(node.directives)) return true;
    if (node.kind === Kind.FIELD) return node.selectionSet ? isAllConditional(document, node.selectionSet) : false;
    if (node.kind === Kind.INLINE_FRAGMENT) return isAllConditional(document, node.selectionSet);
    const fragment = document.definitions.find(
      (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === node.name.value,
    );
    return fragment !== undefined && 'selectionSet' in fragment && isAllConditional(document, fragment.selectionSet);
  });
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
        const inner = concreteTypes(facts, node.typeCondition?.name.value ?? type);
        for (const concrete of inner) collect(concrete, node.selectionSet);
        continue;
      }
      const coordinate = `${type}.${node.name.value}`;
      found.set(coordinate, (found.get(coordinate) ?? new Set()).add(printArguments(node)));
      const field = fieldOf(facts, type, node.name.value);
      if (!field || !node.selectionSet) continue;
      for (const concrete of concreteTypes(facts, namedType(field.type))) collect(concrete, node.selectionSet);
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

function hasVariable(directives: readonly DirectiveNode[] | undefined): boolean {
  return (directives ?? []).some(({ arguments: args }) => args?.some(({ value }) => value.kind === Kind.VARIABLE));
}

function isExcluded(directives: readonly DirectiveNode[] | undefined): boolean {
  return (directives ?? []).some(({ name, arguments: args }) =>
    args?.some(({ value }) => value.kind === Kind.BOOLEAN && value.value === (name.value === 'skip')),
  );
}
