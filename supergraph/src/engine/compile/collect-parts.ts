import { type GraphQLNamedType, isAbstractType, type SelectionSetNode } from 'graphql';
import { type Collection, collectFields } from './collect-fields.ts';

/** What is deferred of an object, by label: for each type that it may be what the part has of it. Parts of nothing are left out. */
export function collectParts(
  collection: Collection,
  type: GraphQLNamedType,
  sets: readonly SelectionSetNode[],
): ReadonlyMap<string, ReadonlyMap<GraphQLNamedType, SelectionSetNode>> {
  const types = isAbstractType(type) ? [...collection.schema.getPossibleTypes(type), type] : [type];
  const parts = new Map<string, Map<GraphQLNamedType, SelectionSetNode>>();
  for (const one of types) {
    const deferred = new Map<string, SelectionSetNode>();
    collectFields(collection, one, sets, deferred);
    for (const [label, set] of deferred) {
      const inner = new Map<string, SelectionSetNode>();
      const isEmpty = collectFields(collection, one, [set], inner).size === 0 && inner.size === 0;
      if (!isEmpty) parts.set(label, (parts.get(label) ?? new Map<GraphQLNamedType, SelectionSetNode>()).set(one, set));
    }
  }
  return parts;
}
