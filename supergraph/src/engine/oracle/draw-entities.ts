import type { Dice } from './dice.ts';
import type { SdlDraft } from './sdl-draft.ts';

/** An entity type of a sketch. */
export interface Entity {
  readonly name: string;
  /** Where it has fields of its own. The first home knows all its keys. */
  readonly homes: readonly SdlDraft[];
  /** Where it is only referred to. */
  readonly stubs: readonly SdlDraft[];
  /** Whether all homes have the key `id`. */
  readonly hasIdEverywhere: boolean;
}

const keys: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  id: { id: ': ID!' },
  sku: { sku: ': String!' },
  'code region': { code: ': Int!', region: ': String!' },
  'home { id } code': { home: ': Place!', code: ': Int!' },
  'home { id name }': { home: ': Place!' },
};

/** Leaves and value types: the arguments and the type of a field by its name. */
export const plainFields: Readonly<Record<string, readonly string[]>> = {
  name: [': String'],
  title: [': String!', ': String'],
  rank: ['(by: Int = 1): Int!'],
  size: [': Int', ': Int!', ': Float'],
  color: ['(dark: Boolean = false): Color'],
  tags: ['(like: String): [String!]'],
  matrix: [': [[Int!]!]', '(rows: Int! = 2): [[Int]!]!'],
  found: ['(filter: Filter): Int'],
  search: ['(filter: Filter = { least: 2, color: BLUE }, limit: Int!): [Color!]!'],
  meta: [': Json'],
  box: [': Box', ': Box!'],
  boxes: ['(most: Int = 3): [Box!]', ': [[Box]]'],
};

/** Draws 2 to 4 entity types, and sometimes the ones behind an interface object. */
export function addEntities(dice: Dice, subgraphs: readonly SdlDraft[]): readonly Entity[] {
  const count = 2 + dice.below(3);
  const entities = ['User', 'Order', 'Item', 'Shop']
    .slice(0, count)
    .map((name) => addEntity(dice, { name, homes: dice.some(subgraphs, dice.chance(85) ? 2 : 1), subgraphs }));
  if (!dice.chance(35)) return entities;
  const [about, ...owners] = dice.chance(50) ? subgraphs : [...subgraphs].reverse();
  if (!about || owners.length === 0) return entities;
  return [...entities, ...addInterfaceObject(dice, { about, owners })];
}

function addEntity(
  dice: Dice,
  at: { readonly name: string; readonly homes: readonly SdlDraft[]; readonly subgraphs: readonly SdlDraft[] },
): Entity {
  const { name, homes, subgraphs } = at;
  const hasIdEverywhere = dice.chance(60);
  const others = dice.some(Object.keys(keys).slice(1), 0, 2);
  const all = dice.chance(75) || others.length === 0 || hasIdEverywhere ? ['id', ...others] : others;
  const stubs = subgraphs.filter((subgraph) => !homes.includes(subgraph) && dice.chance(50));
  homes.forEach((home, index) => {
    const some = index === 0 ? all : dice.some(all, 1);
    for (const key of hasIdEverywhere ? new Set(['id', ...some]) : some) addKey(home, name, key);
  });
  const [stubKey = 'id'] = dice.some(all, 1, 1);
  for (const stub of stubs) addKey(stub, name, stubKey, ', resolvable: false');
  addOwnFields(dice, name, homes);
  return { name, homes, stubs, hasIdEverywhere };
}

function addKey(subgraph: SdlDraft, type: string, key: string, more = ''): void {
  subgraph.type(type).directives.push(`@key(fields: "${key}"${more})`);
  for (const [field, signature] of Object.entries(keys[key] ?? {})) subgraph.field(type, field, signature);
}

function addOwnFields(dice: Dice, type: string, homes: readonly SdlDraft[]): void {
  for (const name of dice.some(Object.keys(plainFields), 3, 9)) {
    const signature = dice.pick(plainFields[name] ?? []);
    const holders = dice.chance(25) ? dice.some(homes, 2) : dice.some(homes, 1, 1);
    for (const [index, home] of holders.entries()) {
      const isMoved = holders.length === 2 && index === 1 && hashed(type, name) % 3 === 0;
      const [other] = holders;
      if (isMoved && other) {
        const label = hashed(type, name) % 2 === 0 ? ', label: "percent(50)"' : '';
        other.field(type, name, signature);
        home.field(type, name, signature, `@override(from: "${other.name}"${label})`);
      } else home.field(type, name, signature, holders.length > 1 ? '@shareable' : '');
    }
  }
}

const hashed = (type: string, name: string) => type.length * 7 + name.length;

/** `Media` is an interface with a key in the first owner; `about` knows it as an object and gives it fields. */
function addInterfaceObject(
  dice: Dice,
  { about, owners }: { readonly about: SdlDraft; readonly owners: readonly SdlDraft[] },
): readonly Entity[] {
  const [owner, other] = owners;
  if (!owner) return [];
  const key = '@key(fields: "id")';
  owner.type('Media', 'interface').directives.push(key);
  owner.field('Media', 'id', ': ID!');
  owner.field('Media', 'title', ': String');
  about.type('Media').directives.push(key, '@interfaceObject');
  about.field('Media', 'id', ': ID!');
  about.field('Media', 'score', '(by: Int = 1): Int');
  about.field('Media', 'box', ': Box');
  if (dice.chance(50)) {
    about.field('Media', 'title', ': String', '@external');
    about.field('Media', 'label', ': String', '@requires(fields: "title")');
  }
  return ['Book', 'Film'].map((name) => {
    addKey(owner, name, 'id');
    owner.type(name).implements.add('Media');
    owner.field(name, 'title', dice.pick([': String', ': String!']));
    const homes = other && dice.chance(50) ? [owner, other] : [owner];
    if (homes[1]) addKey(homes[1], name, 'id');
    for (const field of dice.some(['name', 'rank', 'meta'], 1))
      dice.pick(homes).field(name, field, plainFields[field]?.[0] ?? ': Int');
    return { name, homes, stubs: [], hasIdEverywhere: true };
  });
}
