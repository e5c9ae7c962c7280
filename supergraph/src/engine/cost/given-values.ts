import {
  type FieldNode,
  type GraphQLInputType,
  getNullableType,
  isInputObjectType,
  type OperationDefinitionNode,
  type ValueNode,
  Kind,
  print,
  valueFromASTUntyped,
} from 'graphql';
import type { GivenVariables } from './cost-program.ts';

/** Puts an operation's defaults in the place of variables that are not given. */
export function variableDefaults({
  variableDefinitions = [],
}: OperationDefinitionNode): (given: GivenVariables) => GivenVariables {
  const defaults: Record<string, unknown> = {};
  for (const { variable, defaultValue } of variableDefinitions) {
    if (defaultValue) defaults[variable.name.value] = valueFromASTUntyped(defaultValue);
  }
  return Object.keys(defaults).length === 0 ? (given) => given : (given) => ({ ...defaults, ...given });
}

/** What a field is given for one of its arguments, as it is written. */
export function givenFor({ arguments: given = [] }: FieldNode, name: string): ValueNode | undefined {
  return given.find((argument) => argument.name.value === name)?.value;
}

/** True when the value is not the same in every request. */
export function dependsOnVariables(node: ValueNode | undefined): boolean {
  switch (node?.kind) {
    case Kind.VARIABLE:
      return true;
    case Kind.LIST:
      return node.values.some(dependsOnVariables);
    case Kind.OBJECT:
      return node.fields.some(({ value }) => dependsOnVariables(value));
    default:
      return false;
  }
}

/** Equal for values that are written alike. */
export function keyOf(node: ValueNode | undefined): string {
  return node ? print(node) : '';
}

/** The value as plain data; undefined for a variable that is not given. */
export function valueOf(node: ValueNode | undefined, variables: GivenVariables): unknown {
  return node && valueFromASTUntyped(node, variables);
}

/** What stands at a path into a value. Fields that are not given have their defaults when `type` is there. */
export function valueAt(value: unknown, path: readonly string[], type?: GraphQLInputType): unknown {
  let found = value;
  let current = type;
  for (const name of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    const named = current && getNullableType(current);
    const field = isInputObjectType(named) ? named.getFields()[name] : undefined;
    const next = Object.hasOwn(found, name) ? (found as Record<string, unknown>)[name] : undefined;
    found = next === undefined ? field?.defaultValue : next;
    current = field?.type;
  }
  return found;
}
