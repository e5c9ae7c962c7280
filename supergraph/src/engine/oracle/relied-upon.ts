import { Kind, type SelectionSetNode } from 'graphql';
import { type Facts, namedType } from './facts.ts';

/** How the gateway counts on a field: as a key of its own, as part of a bigger key, or for @requires and @provides. */
export type Reliance = 'key' | 'part of a key' | 'other';

/**
 * The fields that plans fetch of their own accord, by `Type.field` of concrete types. A fault in one of them has effects that
 * depend on the plan.
 */
export function readReliance(facts: Facts): ReadonlyMap<string, Reliance> {
  const found = new Map<string, Reliance>();
  for (const { type, selection, for: use } of facts.reliedUpon) {
    const how = use === 'key' ? (selection.selections.length > 1 ? 'part of a key' : 'key') : 'other';
    for (const concrete of concreteTypes(facts, type)) visit(facts, found, { type: concrete, selection, how });
  }
  return found;
}

/** The object types that a name stands for in any subgraph. */
export function concreteTypes(facts: Facts, type: string): readonly string[] {
  return [...new Set(facts.subgraphs.flatMap(({ name }) => facts.possibleTypes(name, type)))];
}

/** What all subgraphs say of a field of an object, which an interface object may have brought. */
export function fieldOf(facts: Facts, type: string, field: string) {
  const own = facts.fields.get(`${type}.${field}`);
  if (own) return own;
  const owner = facts.interfacesOf(type).find((name) => facts.fields.has(`${name}.${field}`));
  return owner === undefined ? undefined : facts.fields.get(`${owner}.${field}`);
}

function visit(
  facts: Facts,
  found: Map<string, Reliance>,
  at: { readonly type: string; readonly selection: SelectionSetNode; readonly how: Reliance },
): void {
  for (const node of at.selection.selections) {
    if (node.kind === Kind.FRAGMENT_SPREAD) continue;
    if (node.kind === Kind.INLINE_FRAGMENT) {
      for (const type of concreteTypes(facts, node.typeCondition?.name.value ?? at.type))
        visit(facts, found, { ...at, type, selection: node.selectionSet });
      continue;
    }
    const coordinate = `${at.type}.${node.name.value}`;
    const known = found.get(coordinate);
    if (known === undefined || at.how === 'key' || known === 'other') found.set(coordinate, at.how);
    const type = fieldOf(facts, at.type, node.name.value)?.type;
    if (!node.selectionSet || !type) continue;
    for (const inner of concreteTypes(facts, namedType(type)))
      visit(facts, found, { ...at, type: inner, selection: node.selectionSet });
  }
}
