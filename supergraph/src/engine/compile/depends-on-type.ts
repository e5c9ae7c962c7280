import {
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql';
import { type Collection, collectFields } from './collect-fields.ts';

/** True when the fields of the answer, or which of them may be null, cannot be told from the abstract type alone. */
export function dependsOnType(
  collection: Collection,
  type: GraphQLNamedType,
  possible: readonly GraphQLNamedType[],
  sets: Parameters<typeof collectFields>[2],
): boolean {
  if (isObjectType(type)) return false;
  const describe = (one: GraphQLNamedType) =>
    [...collectFields(collection, one, sets)]
      .map(([name, [node]]) => `${name}: ${String(fieldType(one, node))}`)
      .join(' ');
  const described = describe(type);
  return isUnionType(type) || possible.some((one) => describe(one) !== described);
}

function fieldType(type: GraphQLNamedType, node: FieldNode | undefined): GraphQLOutputType | undefined {
  const hasFields = isObjectType(type) || isInterfaceType(type);
  return hasFields && node ? type.getFields()[node.name.value]?.type : undefined;
}
