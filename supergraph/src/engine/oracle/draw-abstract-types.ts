import type { Sketch } from './draw-supergraph.ts';
import type { SdlDraft } from './sdl-draft.ts';

/**
 * Lets some entities implement the interface `Named`. In each subgraph it has the fields that all its entities there have, of
 * those that all of them have somewhere.
 */
export function addInterfaces({ dice, subgraphs, entities }: Sketch): void {
  const able = entities.filter(({ hasIdEverywhere }) => hasIdEverywhere);
  const members = dice.some(able, 2, 3);
  if (members.length < 2 || dice.chance(20)) return;
  const signatures = members.map(({ name }) => signaturesOf(subgraphs, name));
  const [first, ...rest] = signatures;
  const common = [...(first ?? [])].filter(
    ([field, signature]) => signature !== null && rest.every((other) => other.get(field) === signature),
  );
  for (const subgraph of subgraphs) {
    const local = members.filter(({ homes }) => homes.includes(subgraph));
    if (local.length === 0 || dice.chance(15)) continue;
    subgraph.type('Named', 'interface');
    for (const [field, signature] of common) {
      const isEverywhere = local.every(({ name }) => subgraph.type(name).fields.has(field));
      if (isEverywhere && signature !== null) subgraph.field('Named', field, signature);
    }
    for (const { name } of local) subgraph.type(name).implements.add('Named');
  }
}

/** Makes the union `Any` of what a subgraph has: a part of the entities, and a value type. */
export function addUnions({ dice, subgraphs, entities }: Sketch): void {
  if (dice.chance(25)) return;
  const members = dice.some(entities, 2, 3);
  for (const subgraph of subgraphs) {
    const local = members.filter(({ homes }) => homes.includes(subgraph)).map(({ name }) => name);
    if (local.length === 0) continue;
    subgraph.union('Any', dice.chance(40) ? [...local, 'Place'] : local);
  }
}

/** A type's fields with their signatures; null when subgraphs differ. */
function signaturesOf(subgraphs: readonly SdlDraft[], type: string): ReadonlyMap<string, string | null> {
  const found = new Map<string, string | null>();
  for (const subgraph of subgraphs.filter((candidate) => candidate.has(type))) {
    for (const [field, { signature }] of subgraph.type(type).fields) {
      const known = found.get(field);
      found.set(field, known === undefined || known === signature ? signature : null);
    }
  }
  return found;
}
