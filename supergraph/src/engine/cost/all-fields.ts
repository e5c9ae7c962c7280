import type { FieldNode, GraphQLObjectType, SelectionSetNode } from 'graphql';
import { type Collection, collectFields } from '../compile/collect-fields.ts';

/** The fields that an object answers, sooner or later: what is deferred costs as much. */
export function allFields(
  collection: Collection,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): ReadonlyMap<string, readonly FieldNode[]> {
  const deferred = new Map<string, SelectionSetNode>();
  const fields = collectFields(collection, type, sets, deferred);
  if (deferred.size === 0) return fields;
  const all = new Map([...fields].map(([name, nodes]) => [name, [...nodes]]));
  for (const [name, nodes] of allFields(collection, type, [...deferred.values()])) {
    all.set(name, [...(all.get(name) ?? []), ...nodes]);
  }
  return all;
}
