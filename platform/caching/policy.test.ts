import { describe, expect, it } from '@jest/globals';
import { buildSchema, Kind, type OperationDefinitionNode, parse } from 'graphql';
import { readCacheHints } from './hints.ts';
import { readCachePolicy } from './policy.ts';

const directive = `directive @cacheControl(maxAge: Int, scope: Scope, inheritMaxAge: Boolean, staleWhileRevalidate: Int, staleIfError: Int)
  on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
  directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION
  enum Scope { PUBLIC PRIVATE } union _Entity = Book | Shelf scalar _Any`;
const sdl = `${directive}
  type Query {
    books: [Book!]! @cacheControl(inheritMaxAge: true)
    mine: Book
    count: Int
    page: Page @cacheControl(maxAge: 5)
    things: [Thing!]! @cacheControl(maxAge: 90)
    _entities(representations: [_Any!]!): [_Entity]!
  }
  type Mutation { books: Book @cacheControl(maxAge: 60) }
  interface Thing { name: String }
  type Book implements Thing @cacheControl(maxAge: 60, staleWhileRevalidate: 30, staleIfError: 600) {
    id: ID!
    name: String @cacheControl(maxAge: 40)
    price: Money
    author: Author
    notes: String @cacheControl(scope: PRIVATE)
    stock: Int @cacheControl(maxAge: 10)
    cost: Int @requiresScopes(scopes: [["cost"]])
  }
  type Money @cacheControl(inheritMaxAge: true) { amount: Int }
  type Author { name: String }
  type Shelf { id: ID! }
  type Page @cacheControl(maxAge: 100) { books: [Book] }`;

function policyOf(query: string) {
  const hints = readCacheHints(parse(sdl));
  const { definitions } = parse(query);
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!hints || !operation) throw new Error('nothing to read');
  const fragments = new Map(
    definitions.flatMap((one) => (one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one] as const] : [])),
  );
  const reading = { schema: buildSchema(sdl), hints, operation: operation as OperationDefinitionNode, fragments };
  return readCachePolicy(reading);
}
const ages = (query: string) => policyOf(query)?.maxAgeSeconds ?? null;

describe('readCachePolicy', () => {
  it('keeps an answer as long as the least of its fields', () => {
    expect(ages('{ books { id } }')).toBe(60);
    expect(ages('{ books { id name } }')).toBe(40);
    expect(ages('{ books { ... on Book { id ...More } } } fragment More on Book { stock }')).toBe(10);
    expect(ages('{ page { books { id } } }')).toBe(5);
  });

  it('keeps nothing that does not say so: objects without a hint, and fields of Query that leave it to their type', () => {
    expect(ages('{ books { author { name } } }')).toBeNull();
    expect(ages('{ mine { id } }')).toBeNull();
    expect(ages('{ count }')).toBeNull();
    expect(ages('{ books { id } count }')).toBeNull();
  });

  it('lets objects be kept as long as what they are part of', () => {
    expect(ages('{ books { price { amount } } }')).toBe(60);
  });

  it('goes by the types of entities, and needs each of them to say so', () => {
    const entities = (inner: string) => `query ($r: [_Any!]!) { _entities(representations: $r) { ${inner} } }`;

    expect(ages(entities('... on Book { id }'))).toBe(60);
    expect(ages(entities('... on Book { stock }'))).toBe(10);
    expect(ages(entities('... on Shelf { id }'))).toBeNull();
    expect(ages(entities('... on Book { id } ... on Shelf { id }'))).toBeNull();
  });

  it('is private when a field says so, or when not everybody may see it', () => {
    expect(policyOf('{ books { id } }')?.isPrivate).toBe(false);
    expect(policyOf('{ books { notes } }')?.isPrivate).toBe(true);
    expect(policyOf('{ books { cost } }')?.isPrivate).toBe(true);
  });

  it('minds what the types behind an interface say', () => {
    expect(ages('{ things { name } }')).toBe(40);
    expect(ages('{ things { ... on Book { id } } }')).toBe(60);
  });

  it('allows stale answers only where all that says an age does', () => {
    expect(policyOf('{ books { id } }')).toMatchObject({ staleWhileRevalidateSeconds: 30, staleIfErrorSeconds: 600 });
    expect(policyOf('{ books { stock } }')).toMatchObject({ staleWhileRevalidateSeconds: 0, staleIfErrorSeconds: 0 });
  });

  it('never keeps a mutation or introspection', () => {
    expect(ages('mutation { books { id } }')).toBeNull();
    expect(ages('{ books { id } __schema { description } }')).toBeNull();
  });
});
