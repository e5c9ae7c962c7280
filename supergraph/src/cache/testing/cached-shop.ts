import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { SubgraphAnswer, SubgraphClient, SubgraphSend } from '../../subgraphs/client.ts';
import type { TestSubgraph } from '../../engine/testing/test-subgraph.ts';

const link = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective", "@requiresScopes", "@shareable"])
  @link(url: "https://storefront.dev/cache/v1.0", import: ["@cacheControl", "@cacheTag"])
  @composeDirective(name: "@cacheControl") @composeDirective(name: "@cacheTag")
  directive @cacheControl(maxAge: Int, scope: cache__Scope, inheritMaxAge: Boolean, staleWhileRevalidate: Int, staleIfError: Int)
    on FIELD_DEFINITION | OBJECT | INTERFACE | UNION
  directive @cacheTag(format: String!, events: [String!], whenArgument: String) repeatable on FIELD_DEFINITION | OBJECT
  enum cache__Scope { PUBLIC PRIVATE }`;

/** What the shop knows of one product. */
export interface ShopProduct {
  name: string;
  price: number;
  available: number;
}

/** The data that all else is held against. A test writes into it. */
export interface ShopStore {
  readonly products: Map<string, ShopProduct>;
}

/** Puts three products into a store, and nothing else. */
export function fillShop({ products }: ShopStore): void {
  products.clear();
  for (const id of ['1', '2', '3']) products.set(id, { name: `thing ${id}`, price: 10, available: 5 });
}

/** Subgraphs over a store: products, and shelves that hold products of it. */
export function shopSubgraphs(store: ShopStore): readonly TestSubgraph[] {
  const productOf = (id: string) => {
    const product = store.products.get(id);
    return product && { __typename: 'Product', id, ...product, stock: { available: product.available } };
  };
  const all = () => [...store.products.keys()].map(productOf);
  const products: TestSubgraph = {
    name: 'products',
    sdl: `${link}
      type Query {
        product(id: ID!): Product @cacheControl(inheritMaxAge: true)
          @cacheTag(format: "product-{$args.id}") @cacheTag(format: "stock-{$args.id}")
        products(inStock: Boolean): [Product!]! @cacheControl(maxAge: 60, staleIfError: 600) @cacheTag(format: "product-*")
          @cacheTag(format: "stock-*", whenArgument: "inStock")
        secrets: [Product!]! @cacheControl(inheritMaxAge: true) @requiresScopes(scopes: [["secrets"]])
        uncached: [Product!]!
      }
      type Mutation { reprice(id: ID!, price: Int!): Int @cacheTag(format: "product-{$args.id}") }
      type Product @key(fields: "id") @cacheControl(maxAge: 60, staleWhileRevalidate: 30, staleIfError: 600)
        @cacheTag(format: "product-{$key.id}", events: ["product.updated"]) {
        id: ID! name: String! price: Int!
        stock: Stock! @cacheControl(maxAge: 10) @cacheTag(format: "stock-{$key.id}", events: ["stock.changed"])
        mine: String @cacheControl(maxAge: 60, scope: PRIVATE)
      }
      type Stock { available: Int! }`,
    resolvers: {
      Query: {
        product: (_: unknown, { id }: { id: string }) => productOf(id) ?? null,
        products: (_: unknown, { inStock }: { inStock?: boolean }) =>
          all().filter((one) => inStock == null || (one?.available ?? 0) > 0 === inStock),
        secrets: all,
        uncached: all,
      },
      Mutation: {
        reprice: (_: unknown, { id, price }: { id: string; price: number }) => {
          const product = store.products.get(id);
          if (product) product.price = price;
          return price;
        },
      },
      Product: { __resolveReference: ({ id }: { id: string }) => productOf(id) },
    },
  };
  const shelves: TestSubgraph = {
    name: 'shelves',
    sdl: `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
      type Query { shelf(ids: [ID!]!): [Product]! }
      type Product @key(fields: "id") { id: ID! }`,
    resolvers: {
      Query: { shelf: (_: unknown, { ids }: { ids: string[] }) => ids.map((id) => ({ __typename: 'Product', id })) },
    },
  };
  return [products, shelves];
}

/** One request that came to a subgraph. */
export interface SeenSend {
  readonly subgraph: string;
  readonly caller: Caller;
  readonly ids: readonly string[];
}

/** What stands between the cache and the subgraphs: it tells what comes through, and does what a test wants. */
export interface Watched {
  readonly seen: SeenSend[];
  /** The `Cache-Control` of the answers. */
  cacheControl: string | undefined;
  /** Called before a request goes on; what it throws is the outcome. */
  before: (send: SubgraphSend) => Promise<void>;
  /** Called when the subgraph has answered, before the answer goes on. */
  after: (send: SubgraphSend) => Promise<void>;
  /** Forgets what was seen, and lets everything through as it is. */
  reset(): void;
}

const nothing = async () => undefined;

/** Watches the requests to a client. */
export function watchClient(): { readonly watched: Watched; wrap(client: SubgraphClient): SubgraphClient } {
  const watched: Watched = {
    seen: [],
    cacheControl: undefined,
    before: nothing,
    after: nothing,
    reset() {
      Object.assign(watched, { cacheControl: undefined, before: nothing, after: nothing });
      watched.seen.length = 0;
    },
  };
  const wrap = (client: SubgraphClient): SubgraphClient => ({
    ...client,
    async send(request) {
      const { subgraph, caller } = request;
      watched.seen.push({ subgraph, caller, ids: idsOf(request) });
      await watched.before(request);
      const answer = sayWhose(await client.send(request), request);
      await watched.after(request);
      const { cacheControl } = watched;
      if (cacheControl === undefined) return answer;
      return { ...answer, cacheControl, noStore: cacheControl.includes('no-store') };
    },
  });
  return { watched, wrap };
}

/** `mine` says whose it is. */
function sayWhose(answer: SubgraphAnswer, { body, caller }: SubgraphSend): SubgraphAnswer {
  if (!answer.bytes || !body.includes('mine')) return answer;
  const name = caller.kind === 'user' ? caller.userId : '';
  const text = answer.bytes.toString().replaceAll('"mine":null', `"mine":"of ${name}"`);
  return { status: answer.status, json: JSON.parse(text) as unknown, bytes: Buffer.from(text) };
}

/** The entities that a request asks for. */
function idsOf({ body }: SubgraphSend): readonly string[] {
  const { variables } = JSON.parse(body) as { variables?: { representations?: { id: string }[] } };
  return (variables?.representations ?? []).map(({ id }) => id);
}
