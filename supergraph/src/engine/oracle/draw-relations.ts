import { hashText } from './dice.ts';
import type { Entity } from './draw-entities.ts';
import type { Sketch } from './draw-supergraph.ts';
import type { SdlDraft } from './sdl-draft.ts';

const wraps = [
  (type: string) => type,
  (type: string) => `${type}!`,
  (type: string) => `[${type}]`,
  (type: string) => `[${type}!]!`,
  (type: string) => `[[${type}!]]`,
];

/** Fields that lead from one entity to another, those computed from fields of other subgraphs, and uneven nullability. */
export function addRelations(sketch: Sketch): void {
  const { dice, entities } = sketch;
  for (const entity of entities) {
    for (const home of entity.homes) {
      if (dice.chance(70)) addReference(sketch, entity, home);
      if (dice.chance(45)) addRequires(sketch, entity, home);
    }
  }
  if (sketch.isUneven) loosen(sketch);
}

/** Root fields of every subgraph, some with arguments, some in two subgraphs; and mutations. */
export function addRoots({ dice, subgraphs }: Sketch): void {
  for (const subgraph of subgraphs) {
    for (const target of dice.some(subgraph.composites, 2, 4)) {
      const type = dice.pick(wraps)(target);
      const args = dice.chance(40) ? '(at: Int! = 1, filter: Filter)' : '';
      subgraph.field('Query', `${lower(target)}Of${upper(subgraph.name)}`, `${args}: ${type}`);
    }
    if (dice.chance(30)) subgraph.field('Query', 'version', ': String', '@shareable');
    if (dice.chance(40)) {
      subgraph.field('Mutation', `count${upper(subgraph.name)}`, '(by: Int = 1): Int!');
      subgraph.field('Mutation', `touch${upper(subgraph.name)}`, `: ${dice.pick(subgraph.composites)}`);
    }
  }
  for (const subgraph of subgraphs)
    if (!subgraph.has('Query')) subgraph.field('Query', 'version', ': String', '@shareable');
  evenVersion(subgraphs);
}

function evenVersion(subgraphs: readonly SdlDraft[]): void {
  const [first] = subgraphs;
  first?.field('Query', 'version', ': String', '@shareable');
}

function addReference({ dice, entities }: Sketch, from: Entity, home: SdlDraft): void {
  const target = dice.pick(home.composites);
  const name = `${lower(target)}By${upper(home.name)}`;
  const args = dice.chance(30) ? '(first: Int = 2)' : '';
  home.field(from.name, name, `${args}: ${dice.pick(wraps)(target)}`, providesOf({ dice, entities }, target, home));
}

/** Sometimes a reference brings a field along that belongs to another subgraph. */
function providesOf({ dice, entities }: Pick<Sketch, 'dice' | 'entities'>, target: string, home: SdlDraft): string {
  const entity = entities.find(({ name, homes }) => name === target && homes.includes(home));
  if (!entity || !dice.chance(40)) return '';
  const foreign = foreignFields(entity, home).filter(([, signature]) => !signature.includes('(') && isLeaf(signature));
  const [provided] = dice.some(foreign, 1, 1);
  if (!provided) return '';
  home.field(target, provided[0], provided[1], '@external');
  for (const owner of entity.homes.filter((other) => other !== home && other.type(target).fields.has(provided[0])))
    if (owner.type(target).fields.get(provided[0])?.directives === '')
      owner.field(target, provided[0], provided[1], '@shareable');
  return `@provides(fields: "${provided[0]}")`;
}

function addRequires({ dice }: Sketch, entity: Entity, home: SdlDraft): void {
  const chosen = [...new Map(dice.some(foreignFields(entity, home), 1, 2))];
  if (chosen.length === 0) return;
  for (const [field, signature] of chosen) home.field(entity.name, field, signature, '@external');
  const fields = chosen.map(([field, signature]) => selectionFor(field, signature, dice.below(3)));
  const name = `sum${upper(home.name)}`;
  const args = dice.chance(30) ? '(plus: Int = 1)' : '';
  const type = dice.chance(40) ? 'String!' : 'String';
  home.field(entity.name, name, `${args}: ${type}`, `@requires(fields: "${fields.join(' ')}")`);
  if (hashText(`${entity.name} ${home.name} ${fields.join()}`) % 2 === 0) return;
  const others = chosen.map(([field, signature]) => otherSelection(field, signature));
  home.field(entity.name, `also${upper(home.name)}`, ': String', `@requires(fields: "${others.join(' ')}")`);
}

const otherArguments: Readonly<Record<string, string>> = {
  rank: '(by: 7)',
  color: '(dark: true)',
  matrix: '(rows: 1)',
  found: '(filter: { least: 4 })',
  search: '(limit: 1)',
  boxes: '(most: 1)',
};

/** The same field as another requirement needs it. */
function otherSelection(field: string, signature: string): string {
  const args = signature.startsWith('(') ? (otherArguments[field] ?? '') : '';
  return signature.includes('Box')
    ? `${field}${args} { inner(depth: 1) { weight(unit: GREEN) } weight }`
    : `${field}${args}`;
}

function selectionFor(field: string, signature: string, variant: number): string {
  const args = signature.includes('limit: Int!')
    ? '(limit: 2)'
    : signature.includes('by: Int') && variant === 0
      ? '(by: 3)'
      : '';
  if (!signature.includes('Box')) return `${field}${args}`;
  return `${field}${args} { ${['size', 'size place { id name }', 'inner { size weight(unit: BLUE) }'][variant]} }`;
}

/** Leaves and boxes of an entity that other subgraphs alone can resolve. */
function foreignFields(entity: Entity, home: SdlDraft): readonly (readonly [string, string])[] {
  const own = home.type(entity.name).fields;
  return entity.homes
    .filter((other) => other !== home)
    .flatMap((other) => [...other.type(entity.name).fields])
    .filter(([field, { directives }]) => !own.has(field) && !/@(requires|external|override)/.test(directives))
    .filter(([, { signature }]) => isLeaf(signature) || /\bBox\b/.test(signature))
    .map(([field, { signature }]) => [field, signature] as const);
}

function isLeaf(signature: string): boolean {
  return /: [[\]!]*(Int|Float|String|Boolean|ID|Color|Json)\b/.test(signature.slice(signature.lastIndexOf(':')));
}

/** Takes the last `!` from some fields that stand in several subgraphs. */
function loosen({ dice, entities }: Sketch): void {
  const places = entities.flatMap(({ name, homes }) => homes.map((home) => ({ name, home })));
  for (const { name, home } of places) {
    for (const [field, { signature, directives }] of home.type(name).fields) {
      const mayLoosen = directives === '@shareable' && signature.endsWith('!') && !isPromised(home, field);
      if (mayLoosen && dice.chance(50)) home.field(name, field, signature.slice(0, -1), directives);
    }
  }
}

/** Whether an interface of the subgraph has such a field. */
function isPromised(home: SdlDraft, field: string): boolean {
  return ['Named', 'Media'].some((name) => home.has(name) && home.type(name).fields.has(field));
}

const lower = (name: string) => name.charAt(0).toLowerCase() + name.slice(1);
const upper = (name: string) => name.charAt(0).toUpperCase() + name.slice(1);
