import {
  buildSchema,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  isScalarType,
  responsePathAsArray,
} from 'graphql';

const sdl = `
  enum Colour { RED GREEN }
  scalar Odd
  interface Node { id: ID! name: String }
  union Thing = A | B
  type A implements Node {
    id: ID! name: String need: String! odd: Odd colour: Colour told(of: Int = 3, all: [Int!], must: Int!): String
    b: B mustB: B! node: Node mustThing: Thing! things: [Thing] nodes: [Node!]! deep: [[A!]] names: [String] mustNames: [String!]
  }
  type B implements Node { id: ID! name: String a: A as: [A!] score: Float! when: Boolean told(all: [Int!]): String! made(of: Int): [A] }
  type Query { a: A mustA: A! node: Node thing: Thing mustThings: [Thing!] allOf: [A]! }
  type Mutation { a: A }
  type Subscription { a: A }
`;

/** Which of `count` ways a place of the world goes. The same place always goes the same way. */
type Decide = (place: string, count: number) => number;

/**
 * A schema whose resolvers, sources, lists and types do, by the seed, all that graphql-js puts up with: values, promises, functions,
 * nulls, errors that are thrown, returned and promised, values of a wrong type, types of a wrong name.
 */
export function createWorld(seed: number): { readonly schema: GraphQLSchema; readonly rootValue: object } {
  const decide: Decide = (place, count) => hash(`${seed} ${place}`) % count;
  const schema = buildSchema(sdl);
  for (const type of Object.values(schema.getTypeMap())) {
    if (isScalarType(type) && type.name === 'Odd') type.serialize = (value) => (value === 'empty' ? undefined : value);
    if (isAbstractType(type) && decide(`resolves ${type.name}`, 2) === 0) type.resolveType = typeOf(decide);
    if (isObjectType(type) && type.name === 'B' && decide('isTypeOf', 2) === 0) type.isTypeOf = isTypeOf(decide);
    if (isObjectType(type)) addResolvers(type, decide);
  }
  return { schema, rootValue: createSource(decide, 'root') };
}

function addResolvers(type: GraphQLObjectType, decide: Decide): void {
  const { told, made } = type.getFields();
  const resolve: GraphQLFieldResolver<{ place?: string }, unknown> = ({ place }, given, context, info) =>
    vary(decide, `${place} ${info.fieldName} resolves`, () => JSON.stringify([given, context, describe(info)]));
  if (told) told.resolve = resolve;
  if (made) made.resolve = (source) => vary(decide, `${source.place} makes`, () => createList(decide, source.place));
}

/** All that a resolver may read of where it is. */
function describe(info: GraphQLResolveInfo): unknown {
  const { fieldName, fieldNodes, returnType, parentType, path, fragments, operation, variableValues } = info;
  const nodes = fieldNodes.map(({ loc }) => [loc?.start, loc?.end]);
  const places = [responsePathAsArray(path), path.typename, path.prev?.typename];
  return [fieldName, nodes, returnType, parentType, places, Object.keys(fragments), operation.name, variableValues];
}

function createSource(decide: Decide, place: string): object {
  const type = ['A', 'B', 'A', 'B', 'A', 'B', 'Query', 'Nothing', 7, undefined][decide(`type of ${place}`, 10)];
  const source = { place, __typename: type };
  for (const [name, make] of Object.entries(fields)) {
    Object.defineProperty(source, name, {
      get: () => vary(decide, `${place}.${name}`, () => make(decide, `${place}.${name}`)),
    });
  }
  return source;
}

const fields: Readonly<Record<string, (decide: Decide, place: string) => unknown>> = {
  id: (_decide, place) => place,
  name: (_decide, place) => `name of ${place}`,
  need: (_decide, place) => `need of ${place}`,
  odd: (decide, place) => ['odd', 'empty', { is: 'odd' }][decide(`${place}?`, 3)],
  colour: (decide, place) => ['RED', 'GREEN', 'BLUE'][decide(`${place}?`, 3)],
  score: () => 1.5,
  when: () => true,
  names: (decide, place) => createList(decide, place, () => 'a name'),
  mustNames: (decide, place) => createStrictList(decide, place, () => 'a name'),
  deep: (decide, place) => createList(decide, place, createStrictList),
  ...Object.fromEntries(['a', 'mustA', 'b', 'mustB', 'node', 'thing', 'mustThing'].map((name) => [name, createSource])),
  ...Object.fromEntries(['things', 'allOf'].map((name) => [name, createList])),
  ...Object.fromEntries(['mustThings', 'nodes', 'as'].map((name) => [name, createStrictList])),
};

type Make = (decide: Decide, place: string) => unknown;

function createList(decide: Decide, place: string, make: Make = createSource): unknown {
  const items = Array.from({ length: decide(`length of ${place}`, 4) }, (_, at) => {
    const item = `${place}.${at}`;
    return vary(decide, item, () => make(decide, item));
  });
  const kind = decide(`kind of ${place}`, 20);
  if (kind === 0) return new Set(items);
  return kind === 1 ? 'no list' : items;
}

/**
 * A list without nulls has one item, or all of its items come later: graphql-js forgets the items before one that fails at once,
 * and what they reject with is then handled by nobody.
 */
function createStrictList(decide: Decide, place: string, make: Make = createSource): unknown {
  const come = (item: string) => vary(decide, item, () => make(decide, item));
  const length = decide(`length of ${place}`, 4);
  if (length === 1) return [come(place)];
  return Array.from({ length }, (_, at) =>
    heard(later(decide(`${place} ${at}`, 3)).then(() => come(`${place}.${at}`))),
  );
}

/** Mostly what is made, at once; sometimes later, sometimes by a function, sometimes not. */
function vary(decide: Decide, place: string, make: () => unknown): unknown {
  const fail = () => new Error(`${place} failed`);
  switch (decide(`how ${place}`, 40)) {
    case 0:
      return null;
    case 1:
      return undefined;
    case 2:
      return fail();
    case 3:
      throw fail();
    case 4:
      return heard(Promise.reject(fail()));
    case 5:
      return heard(later(decide(`after ${place}`, 4)).then(() => Promise.reject(fail())));
    case 6:
      return { strange: place };
    case 7:
      return Promise.resolve(null);
    case 8:
      return heard(Promise.reject('no error'));
    case 9:
    case 10:
      return heard(later(decide(`after ${place}`, 6)).then(make));
    case 11:
    case 12:
      return Promise.resolve(make());
    case 13:
      return () => make();
    case 14:
      return async () => make();
    default:
      return make();
  }
}

/** Nobody waits for it when its neighbour fails first. */
function heard(promise: Promise<unknown>): Promise<unknown> {
  promise.catch(() => undefined);
  return promise;
}

async function later(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve();
}

function typeOf(decide: Decide) {
  return ({ place }: { place?: string }) =>
    vary(decide, `${place} is what`, () => ['A', 'B'][decide(`${place} is`, 2)]) as string;
}

function isTypeOf(decide: Decide) {
  return ({ place }: { place?: string }) =>
    vary(decide, `${place} is it`, () => decide(`${place} is B`, 4) > 0) as boolean;
}

/** Source: FNV-1a, 32 bits */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}
