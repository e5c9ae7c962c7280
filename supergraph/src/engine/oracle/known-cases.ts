import type { SubgraphText } from './facts.ts';

/** A small supergraph and an operation on it that the planner gets, or got, wrong. */
export interface KnownCase {
  /** As a sentence: what the engine does when it is right. */
  readonly title: string;
  readonly subgraphs: readonly SubgraphText[];
  readonly source: string;
  /** Whether the engine's answer is still wrong. */
  readonly isStillWrong: boolean;
}

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import:
  ["@key", "@shareable", "@external", "@requires", "@interfaceObject"])\n`;

const subgraphs = (sdls: Readonly<Record<string, string>>): readonly SubgraphText[] =>
  Object.entries(sdls).map(([name, sdl]) => ({ name, sdl: link + sdl }));

const media = {
  library: `type Query { book: Book } union Any = Book
    interface Media @key(fields: "id") { id: ID! title: String! }
    type Book implements Media @key(fields: "id") { id: ID! title: String! }`,
  charts: `type Query { top: Media! } type Media @key(fields: "id") @interfaceObject { id: ID! score: Int! }`,
};

/** The faults of Apollo's planner that are known, each with the smallest case. */
export const knownCases: readonly KnownCase[] = [
  {
    title: "keeps a client's arguments apart from those of a @requires on the same field",
    subgraphs: subgraphs({
      posts: `type Query { post: Post! }
        type Post @key(fields: "id") { id: ID! comments(limit: Int!): [String!]! }`,
      digests: `type Post @key(fields: "id") { id: ID! comments(limit: Int!): [String!]! @external
        digest: String! @requires(fields: "comments(limit: 3)") }`,
    }),
    source: '{ post { comments(limit: 1) digest } }',
    isStillWrong: false,
  },
  {
    title: 'keeps a field with the default arguments apart from a @requires with others',
    subgraphs: subgraphs({
      posts: `type Query { post: Post! } type Post @key(fields: "id") { id: ID! rank(by: Int = 1): Int! }`,
      digests: `type Post @key(fields: "id") { id: ID! rank(by: Int = 1): Int! @external
        digest: String! @requires(fields: "rank(by: 3)") }`,
    }),
    source: '{ post { rank digest } }',
    isStillWrong: false,
  },
  {
    title: 'gives two fields that require the same field with different arguments their own values',
    subgraphs: subgraphs({
      products: `type Query { product: Product! } enum Currency { USD EUR }
        type Product @key(fields: "id") { id: ID! price(currency: Currency!): Int! }`,
      labels: `enum Currency { USD EUR }
        type Product @key(fields: "id") { id: ID! price(currency: Currency!): Int! @external
          dollars: String! @requires(fields: "price(currency: USD)")
          euros: String! @requires(fields: "price(currency: EUR)") }`,
    }),
    source: '{ product { dollars euros } }',
    isStillWrong: false,
  },
  {
    title: "keeps a client's alias apart from the key field of that name",
    subgraphs: subgraphs({
      users: 'type Query { user: User! } type User @key(fields: "id") { id: ID! name: String! }',
      orders: 'type User @key(fields: "id") { id: ID! total: Int! }',
    }),
    source: '{ user { id: name total } }',
    isStillWrong: false,
  },
  {
    title: 'does not come back to a subgraph by a key that it does not resolve',
    subgraphs: subgraphs({
      shelves: `type Query { item: Item! }
        type Item @key(fields: "id", resolvable: false) @key(fields: "sku") {
          id: ID! sku: String! name: String! @external label: String! @requires(fields: "name") }`,
      items: 'type Item @key(fields: "id") @key(fields: "sku") { id: ID! sku: String! name: String! }',
    }),
    source: '{ item { label } }',
    isStillWrong: false,
  },
  {
    title: 'tells why an interface that nothing implements is null',
    subgraphs: subgraphs({
      nodes: 'type Query { node: Node } interface Node @key(fields: "id") { id: ID! }',
      extras: 'type Query { extra: Int } type Node @key(fields: "id") @interfaceObject { id: ID! field: String }',
    }),
    source: '{ node { field } }',
    isStillWrong: false,
  },
  {
    title: 'tells why an interface object that nothing implements is null',
    subgraphs: subgraphs({
      nodes: 'type Query { node: Node } interface Node @key(fields: "id") { id: ID! }',
      extras: 'type Query { extra: Node } type Node @key(fields: "id") @interfaceObject { id: ID! field: String }',
    }),
    source: '{ extra { field } }',
    isStillWrong: false,
  },
  {
    title: 'fetches what is asked of all types of an interface object beside a @requires for some of them',
    subgraphs: subgraphs({
      library: `type Query { books: [Media!]! } interface Media @key(fields: "id") { id: ID! title: String! }
        type Book implements Media @key(fields: "id") { id: ID! title: String! }
        type Film implements Media @key(fields: "id") { id: ID! title: String! }`,
      charts: `type Media @key(fields: "id") @interfaceObject {
        id: ID! score: Int! title: String! @external label: String! @requires(fields: "title") }`,
    }),
    source: '{ books { ... on Book { x: label } ... on Film { x: title } score } }',
    isStillWrong: false,
  },
  {
    title: 'leaves out a fragment that contradicts those around it',
    subgraphs: subgraphs({
      names: `type Query { named: Named! } interface Named { name: String! } union Any = Shop | Order
        type Shop implements Named { name: String! } type User implements Named { name: String! } type Order { size: Int! }`,
      others: 'type Query { other: Int }',
    }),
    source: '{ named { name ... on Any { ... on Named { ... on User { user: name } ... on Shop { shop: name } } } } }',
    isStillWrong: false,
  },
  {
    title: 'plans a condition on an abstract type upon an interface object',
    subgraphs: subgraphs(media),
    source: '{ top { ... on Any { __typename } } }',
    isStillWrong: false,
  },
  {
    title: 'gives an object of which variables exclude everything',
    subgraphs: subgraphs({
      boxes: 'type Query { box: Box! } type Box { size: Int! }',
      others: 'type Query { other: Int }',
    }),
    source: 'query ($yes: Boolean! = true, $no: Boolean! = false) { box @skip(if: $no) { size @skip(if: $yes) } }',
    isStillWrong: false,
  },
  {
    title: 'fetches a field although a sibling with @requires is excluded',
    subgraphs: subgraphs({
      shops: 'type Query { shop: Shop! } type Shop @key(fields: "id") { id: ID! size: Int! }',
      paints: `type Shop @key(fields: "id") { id: ID! color: String! size: Int! @external
        label: String! @requires(fields: "size") }`,
    }),
    source: 'query ($no: Boolean! = false) { shop { color label @include(if: $no) } }',
    isStillWrong: false,
  },
  {
    title: 'fetches siblings of conditional fields however many variables there are',
    subgraphs: subgraphs({
      shops: 'type Query { shop: Shop! } type Shop @key(fields: "id") { id: ID! size: Int! }',
      paints: `type Shop @key(fields: "id") { id: ID! color: String! size: Int! @external
        label: String! @requires(fields: "size") }`,
    }),
    source: `query ($a: Boolean! = true, $b: Boolean! = false, $c: Boolean! = true, $d: Boolean! = false) {
      shop { color a: label @skip(if: $a) b: label @include(if: $b) c: label @include(if: $c) d: label @skip(if: $d) } }`,
    isStillWrong: false,
  },
];
