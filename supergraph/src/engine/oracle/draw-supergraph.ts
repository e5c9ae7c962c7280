import { createDice, type Dice } from './dice.ts';
import { addInterfaces, addUnions } from './draw-abstract-types.ts';
import { addEntities, type Entity } from './draw-entities.ts';
import { addRelations, addRoots } from './draw-relations.ts';
import type { SubgraphText } from './facts.ts';
import { draftSdl, type SdlDraft } from './sdl-draft.ts';

/** A supergraph in the making. */
export interface Sketch {
  readonly dice: Dice;
  readonly subgraphs: readonly SdlDraft[];
  readonly entities: readonly Entity[];
  /** Whether subgraphs may differ in where they allow null. */
  readonly isUneven: boolean;
}

const names = ['alpha', 'beta', 'gamma', 'delta'];

/**
 * Draws the SDLs of 2 to 4 subgraphs that compose, nearly always. Equal seeds give equal SDLs. They hold entities with several
 * keys (simple, compound, nested), stubs of entities, value types, interfaces, interface objects, unions, @shareable, @requires,
 * @provides, @override, arguments with defaults and nested lists.
 */
export function drawSupergraph(seed: number): readonly SubgraphText[] {
  const dice = createDice(seed);
  const subgraphs = names.slice(0, 2 + dice.below(3)).map(draftSdl);
  for (const subgraph of subgraphs) addValueTypes(subgraph);
  const sketch: Sketch = { dice, subgraphs, entities: addEntities(dice, subgraphs), isUneven: dice.chance(25) };
  addInterfaces(sketch);
  addUnions(sketch);
  addRelations(sketch);
  addRoots(sketch);
  return subgraphs.map((subgraph) => ({ name: subgraph.name, sdl: subgraph.print() }));
}

/** The same in every subgraph, so that each can resolve them wherever they come from. */
function addValueTypes(subgraph: SdlDraft): void {
  subgraph.type('Place').directives.push('@shareable');
  subgraph.field('Place', 'id', ': ID!');
  subgraph.field('Place', 'name', ': String');
  subgraph.field('Place', 'zones', '(most: Int = 2): [[Int!]]');
  subgraph.type('Box').directives.push('@shareable');
  subgraph.field('Box', 'size', ': Int!');
  subgraph.field('Box', 'weight', '(unit: Color! = RED): Float');
  subgraph.field('Box', 'place', ': Place');
  subgraph.field('Box', 'inner', '(depth: Int): [Box!]');
}
