import type { GraphQLResolveInfo } from 'graphql';
import { batchById } from '@storefront/platform/graphql/batch.ts';

/** The graph that every server of this bench serves: the part of users that orders and carts ask for. */
export const sdl = /* GraphQL */ `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type User @key(fields: "id") {
    id: ID!
    name: String!
    email: String
    loyaltyPoints: Int
  }
  type Query {
    user(id: ID!): User
  }
`;

interface Person {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly loyaltyPoints: number;
}

const people = new Map(
  Array.from({ length: 100 }, (_, index) => String(index + 1)).map((id) => [
    id,
    { id, name: `Reader ${id}`, email: `reader-${id}@example.com`, loyaltyPoints: Number(id) * 7 },
  ]),
);

/** A loader for one request, which stands where a statement in Postgres would: all ids of a tick at once, later. */
export function createPersonLoader() {
  return batchById(async (ids: readonly string[]) => {
    const found = new Map<string, Person>();
    for (const id of ids) {
      const person = people.get(id);
      // A row of its own each time, as a database gives it.
      if (person) found.set(id, { ...person });
    }
    return found;
  });
}

/** What resolvers need. */
export interface PeopleContext {
  readonly people: ReturnType<typeof createPersonLoader>;
}

type Resolve = (parent: unknown, args: { id: string }, context: PeopleContext, info: GraphQLResolveInfo) => unknown;

const user: Resolve = (_parent, { id }, { people: loader }) => loader.load(id);

/** The resolvers, with a loader in the context. */
export const resolvers = {
  Query: { user },
  User: { __resolveReference: ({ id }: { id: string }, { people: loader }: PeopleContext) => loader.load(id) },
};

/** What the gateway sends for three references: four fields each, two of which are guarded. */
export const requestBody = JSON.stringify({
  query:
    'query($representations:[_Any!]!){_entities(representations:$representations){...on User{id name email loyaltyPoints}}}',
  variables: { representations: ['1', '2', '3'].map((id) => ({ __typename: 'User', id })) },
});

/** Its answer, of all servers. */
export const expectedAnswer = {
  data: { _entities: ['1', '2', '3'].map((id) => people.get(id)) },
};
