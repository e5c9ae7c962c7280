/** Makes numbers from 0 up to, not including, `count`. */
export type Draw = (count: number) => number;

const leaves: Readonly<Record<string, readonly string[]>> = {
  A: ['id', 'name', 'need', 'odd', 'colour', 'names', 'mustNames', '__typename', 'alias: name', '__proto__: need'],
  B: ['id', 'name', 'score', 'when', '__typename', 'again: id'],
  Node: ['id', 'name', '__typename'],
  Thing: ['__typename'],
  Query: ['__typename', '__schema { queryType { fields(includeDeprecated: true) { name } } }'],
};
/** Fields that tell what they were called with. */
const told: Readonly<Record<string, readonly string[]>> = {
  A: [
    'a0: told(must: 1)',
    'a1: told(of: $n, all: [1, 2], must: 2)',
    'a2: told(all: $list, must: $five)',
    'a3: told(must: $n)',
  ],
  B: ['b0: told', 'b1: told(all: $list)', 'b2: told(all: [$five])'],
};
/** Fields by the type that they lead to. */
const links: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  A: { A: ['deep'], B: ['b', 'mustB'], Node: ['node', 'nodes'], Thing: ['mustThing', 'things'] },
  B: { A: ['a', 'as', 'made(of: $n)'] },
  Query: { A: ['a', 'mustA', 'allOf'], Node: ['node'], Thing: ['thing', 'mustThings'] },
  Mutation: { A: ['a'] },
  Subscription: { A: ['a'] },
};
const within: Readonly<Record<string, readonly string[]>> = {
  A: ['...OfA', '...OfNode'],
  B: ['...OfNode'],
  Node: ['...OfNode', '...OfA'],
  Thing: ['...OfA', '...OfNode'],
};
const members: Readonly<Record<string, readonly string[]>> = {
  Node: ['A', 'B'],
  Thing: ['A', 'B', 'Node'],
  A: ['A', 'Node'],
};
const directives = [
  '@include(if: true)',
  '@skip(if: true)',
  '@skip(if: false)',
  '@include(if: $flag)',
  '@skip(if: $flag)',
];

/** Draws an operation of the world (see world.ts): fragments, aliases, arguments, directives. Not each is valid. */
export function drawDocument(draw: Draw): string {
  const one = drawOne(draw);
  const [kind, root] =
    one([
      ['query', 'Query'],
      ['query', 'Query'],
      ['query', 'Query'],
      ['subscription', 'Subscription'],
      ['mutation', 'Mutation'],
    ]) ?? [];
  const operation = `${kind} Asked($n: Int, $five: Int! = 5, $list: [Int!], $flag: Boolean! = true)`;
  const fragments = ['Node', 'A'].map((type) => `fragment Of${type} on ${type} { ${drawSelections(draw, type, -1)} }`);
  return [`${operation} { ${drawSelections(draw, root ?? 'Query', 4)} }`, ...fragments].join(' ');
}

function drawSelections(draw: Draw, type: string, depth: number): string {
  const selections = Array.from({ length: 1 + draw(4) }, () => drawSelection(draw, type, depth));
  return selections.join(' ');
}

function drawSelection(draw: Draw, type: string, depth: number): string {
  const one = drawOne(draw);
  const leaf = one(leaves[type] ?? []) ?? drawLink(draw, type, depth);
  if (depth <= 0) return leaf;
  switch (draw(12)) {
    case 0:
      return one(told[type] ?? []) ?? leaf;
    case 1:
      return one(within[type] ?? []) ?? leaf;
    case 2:
    case 3: {
      const member = one(members[type] ?? []);
      return member ? `... on ${member} { ${drawSelections(draw, member, depth - 1)} }` : leaf;
    }
    case 4:
      return draw(3) > 0 || leaf.endsWith('}') ? leaf : `${leaf} ${one(directives)}`;
    case 5:
    case 6:
      return leaf;
    default:
      return drawLink(draw, type, depth);
  }
}

function drawLink(draw: Draw, type: string, depth: number): string {
  const one = drawOne(draw);
  const [to, fields] = one(Object.entries(links[type] ?? {})) ?? [];
  return to === undefined ? '__typename' : `${one(fields ?? [])} { ${drawSelections(draw, to, depth - 1)} }`;
}

function drawOne(draw: Draw) {
  return <Item>(items: readonly Item[]): Item | undefined => items[items.length > 1 ? draw(items.length) : 0];
}
