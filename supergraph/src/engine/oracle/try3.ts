import { parse } from 'graphql';
import { openWorld } from './world.ts';
import { compare } from './compare.ts';
const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires", "@provides", "@override", "@interfaceObject"])\n';
const cases: Record<string, [Record<string, string>, string]> = {
  '1 arguments beside requires': [{
    posts: 'type Query { post: Post! } type Post @key(fields: "id") { id: ID! comments(limit: Int!): [String!]! }',
    stats: 'type Post @key(fields: "id") { id: ID! comments(limit: Int!): [String!]! @external digest: String! @requires(fields: "comments(limit: 3)") }',
  }, '{ post { comments(limit: 1) digest } }'],
  '2 two requires': [{
    products: 'type Query { product: Product! } type Product @key(fields: "id") { id: ID! price(currency: Currency!): Int! } enum Currency { USD EUR }',
    labels: 'enum Currency { USD EUR } type Product @key(fields: "id") { id: ID! price(currency: Currency!): Int! @external dollars: String! @requires(fields: "price(currency: USD)") euros: String! @requires(fields: "price(currency: EUR)") }',
  }, '{ product { dollars euros } }'],
  '3 alias equals key': [{
    users: 'type Query { user: User! } type User @key(fields: "id") { id: ID! name: String! }',
    orders: 'type User @key(fields: "id") { id: ID! total: Int! }',
  }, '{ user { id: name total } }'],
  '3b alias in the second fetch': [{
    users: 'type Query { user: User! } type User @key(fields: "id") { id: ID! name: String! }',
    orders: 'type User @key(fields: "id") { id: ID! total: Int! }',
    scores: 'type User @key(fields: "id") { id: ID! score: Int! }',
  }, '{ user { id: total score } }'],
  '4 resolvable false': [{
    a: 'type Query { t: T! } type T @key(fields: "id") { id: ID! other: U! } type U @key(fields: "id", resolvable: false) { id: ID! }',
    b: 'type U @key(fields: "id") { id: ID! name: String! t: T! } type T @key(fields: "id", resolvable: false) { id: ID! }',
  }, '{ t { other { name t { id other { name } } } } }'],
  '5 interface object': [{
    a: 'type Query { media: Media } interface Media @key(fields: "id") { id: ID! title: String! } type Book implements Media @key(fields: "id") { id: ID! title: String! }',
    b: 'type Query { top: Media best: [Media!] } type Media @key(fields: "id") @interfaceObject { id: ID! score: Int! }',
  }, '{ top { score } best { __typename score title } media { __typename score } }'],
};
for (const [name, [sdls, op]] of Object.entries(cases)) {
  const w = await openWorld(Object.entries(sdls).map(([n, sdl]) => ({ name: n, sdl: link + sdl })));
  if ('refused' in w) { console.log(name, w.refused); continue; }
  const c = { document: parse(op), source: op, variables: {}, data: { seed: 1, nullPercent: 0, longestList: 4 }, faults: [] };
  const a = await w.run(c);
  console.log('==', name, await compare(w, c, a));
  console.log(JSON.stringify(a.expected), '\n', JSON.stringify(a.actual));
  for (const e of a.exchanges) console.log('   ', e.subgraph, e.query, JSON.stringify(e.variables), '\n       ', JSON.stringify(e.answer));
  await w.close();
}
