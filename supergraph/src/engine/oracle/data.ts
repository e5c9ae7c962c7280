import { Kind, type SelectionSetNode, type TypeNode } from 'graphql';
import { createDice, type Dice, hashText } from './dice.ts';
import { type Facts, namedType } from './facts.ts';
import { fieldOf, type Reliance, readReliance } from './relied-upon.ts';
import { project, select, stable } from './selections.ts';

/** What decides all values. */
export interface DataSeed {
  readonly seed: number;
  /** How often a nullable value is null. */
  readonly nullPercent: number;
  readonly longestList: number;
}

/** An object: its concrete type and what names it among all objects. */
export interface StoredObject {
  readonly type: string;
  readonly id: string;
  /** Of the entities of its type, which one; absent for objects that are no entity. */
  readonly index?: number;
  /** What the gateway sent for it, in a subgraph that was asked through `_entities`. */
  readonly representation?: Readonly<Record<string, unknown>>;
}

/** The values of a graph: every field of every object has one, the same wherever it is asked for. */
export interface Data {
  /** The value of a field: leaf values, `StoredObject`s, and lists of them. */
  valueOf(object: StoredObject, field: string, args: Readonly<Record<string, unknown>>): unknown;
  /** The entity that a representation names in a subgraph; null when there is none. */
  find(subgraph: string, representation: Readonly<Record<string, unknown>>): StoredObject | null;
}

/** Each entity type has this many objects. */
export const entitiesPerType = 3;

/** Data for a set of subgraphs. It costs nothing: values are computed when asked for. */
export function createData(facts: Facts, settings: DataSeed, reliance = readReliance(facts)): Data {
  const deps = { facts, settings, reliance };
  return {
    valueOf: (object, field, args) => valueOf(deps, object, field, args),
    find: (subgraph, representation) => find(deps, subgraph, representation),
  };
}

interface Deps {
  readonly facts: Facts;
  readonly settings: DataSeed;
  readonly reliance: ReadonlyMap<string, Reliance>;
}

function valueOf(deps: Deps, object: StoredObject, field: string, args: Readonly<Record<string, unknown>>): unknown {
  const { facts, settings, reliance } = deps;
  const known = fieldOf(facts, object.type, field);
  if (!known) throw new Error(`${object.type}.${field} is not known`);
  if (known.requires) return computed(deps, object, { field, args, requires: known.requires });
  const place = `${object.id}.${field}${Object.keys(args).length > 0 ? stable(args) : ''}`;
  const how = reliance.get(`${object.type}.${field}`);
  if (how === 'key' || how === 'part of a key') return keyValue(deps, object, { field, type: known.type, how });
  const possible = known.homes
    .map((home) => facts.possibleTypes(home, namedType(known.type)))
    .reduce((all, some) => all.filter((type) => some.includes(type)));
  const dice = createDice(hashText(`${settings.seed}|${place}`));
  return draw({ ...deps, dice, possible }, known.type, place);
}

interface DrawDeps extends Deps {
  readonly dice: Dice;
  readonly possible: readonly string[];
}

function draw(deps: DrawDeps, type: TypeNode, place: string): unknown {
  const { dice, settings, facts, possible } = deps;
  if (type.kind !== Kind.NON_NULL_TYPE && dice.chance(settings.nullPercent)) return null;
  const bare = type.kind === Kind.NON_NULL_TYPE ? type.type : type;
  if (bare.kind === Kind.LIST_TYPE) {
    const length = dice.below(settings.longestList + 1);
    return Array.from({ length }, (_, index) => draw(deps, bare.type, `${place}[${index}]`));
  }
  const name = bare.name.value;
  const values = facts.enums.get(name);
  if (values) return dice.pick(values);
  if (possible.length === 0) return drawScalar(dice, name);
  const concrete = dice.pick(possible);
  return facts.entities.has(concrete)
    ? entity(concrete, dice.below(entitiesPerType))
    : { type: concrete, id: `${concrete}@${place}` };
}

const words = ['ash', 'birch', 'cedar', 'date', 'elm', 'fir', 'ginkgo', 'holly'];

function drawScalar(dice: Dice, name: string): unknown {
  if (name === 'Int') return dice.below(100);
  if (name === 'Float') return dice.below(100) / 4;
  if (name === 'Boolean') return dice.chance(50);
  if (name === 'String' || name === 'ID') return `${dice.pick(words)} ${dice.below(100)}`;
  return { list: [dice.below(10), null], id: dice.pick(words) };
}

function entity(type: string, index: number): StoredObject {
  return { type, id: `${type}#${index}`, index };
}

/** No two entities of a type have equal keys; of a compound key, only all parts together are unique. */
function keyValue(
  { facts }: Deps,
  object: StoredObject,
  { field, type, how }: { readonly field: string; readonly type: TypeNode; readonly how: Reliance },
): unknown {
  const name = namedType(type);
  const { index = hashText(object.id) % 1_000_000 } = object;
  const enumValues = facts.enums.get(name);
  if (enumValues) return enumValues[index % enumValues.length];
  if (facts.entities.has(name)) return entity(name, index);
  if (facts.fields.has(`${name}.id`)) return { type: name, id: `${name}@${object.id}.${field}` };
  const isHalf = how === 'part of a key' && object.index !== undefined && hashText(field) % 2 === 0;
  const part = isHalf ? index % 2 : index;
  if (name === 'Int') return part;
  return object.index === undefined ? `${object.id}.${field}` : `${object.type}-${field}-${part}`;
}

/** The value of a field with @requires tells all that it was computed from. */
function computed(
  deps: Deps,
  object: StoredObject,
  at: {
    readonly field: string;
    readonly args: Readonly<Record<string, unknown>>;
    readonly requires: SelectionSetNode;
  },
): string {
  const basis = object.representation
    ? project(deps.facts, at.requires, object.representation, object.type)
    : select(readFrom(deps), at.requires, object);
  return `${at.field}${stable(at.args)} of ${stable(basis)}`;
}

function readFrom(deps: Deps) {
  const { facts } = deps;
  return {
    facts,
    read: (object: StoredObject, field: string, args: Readonly<Record<string, unknown>>) =>
      valueOf(deps, object, field, args),
  };
}

function find(deps: Deps, subgraph: string, representation: Readonly<Record<string, unknown>>): StoredObject | null {
  const { facts } = deps;
  const name = String(representation['__typename']);
  const candidates = facts
    .possibleTypes(subgraph, name)
    .flatMap((type) => Array.from({ length: entitiesPerType }, (_, index) => entity(type, index)));
  for (const key of facts.keys.get(`${subgraph}/${name}`) ?? []) {
    const wanted = stable(project(facts, key, representation, name));
    const found = candidates.find((candidate) => stable(select(readFrom(deps), key, candidate)) === wanted);
    if (found) return { ...found, representation };
  }
  return null;
}
