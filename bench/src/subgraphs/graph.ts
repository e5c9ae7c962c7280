import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';

/** The four subgraphs in the form that every gateway composes, Federation 1 ones too. */
export const subgraphSdls = {
  accounts: /* GraphQL */ `
    extend type Query {
      reader(id: ID!): Reader
      readers: [Reader!]!
    }
    type Reader @key(fields: "id") {
      id: ID!
      name: String!
      town: String!
    }
  `,
  inventory: /* GraphQL */ `
    extend type Book @key(fields: "isbn") {
      isbn: ID! @external
      grams: Int! @external
      priceCents: Int! @external
      inStock: Boolean!
      shippingCents: Int! @requires(fields: "priceCents grams")
    }
  `,
  products: /* GraphQL */ `
    extend type Query {
      book(isbn: ID!): Book
      bestSellers(first: Int! = 4): [Book!]!
    }
    type Book @key(fields: "isbn") {
      isbn: ID!
      title: String!
      priceCents: Int!
      grams: Int!
    }
  `,
  reviews: /* GraphQL */ `
    extend type Query {
      latestReviews(first: Int! = 5): [Review!]!
    }
    type Review @key(fields: "id") {
      id: ID!
      text: String!
      stars: Int!
      author: Reader!
      book: Book!
    }
    extend type Reader @key(fields: "id") {
      id: ID! @external
      reviews: [Review!]!
    }
    extend type Book @key(fields: "isbn") {
      isbn: ID! @external
      reviews: [Review!]!
      averageStars: Float!
    }
  `,
} as const;

/** The name of a subgraph. */
export type SubgraphName = keyof typeof subgraphSdls;
/** Where each subgraph is. */
export type SubgraphUrls = Readonly<Record<SubgraphName, string>>;

/** The names of the subgraphs. */
export const subgraphNames = Object.keys(subgraphSdls) as readonly SubgraphName[];

/** Composes the supergraph of the subgraphs at these addresses. @throws Error with every fault of composition */
export function composeSupergraph(urls: SubgraphUrls): string {
  const { supergraphSdl, errors } = composeServices(
    subgraphNames.map((name) => ({ name, url: urls[name], typeDefs: parse(subgraphSdls[name]) })),
  );
  if (supergraphSdl) return supergraphSdl;
  throw new Error((errors ?? []).map(({ message }) => message).join('\n'));
}
