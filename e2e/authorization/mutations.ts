import type { GraphQLAnswer } from '../testing/graphql.ts';
import type { Class, Who } from './law.ts';
import type { Subgraph } from './schema-paths.ts';
import type { Belongings, World } from './world.ts';

/** A change that somebody asks for, of what belongs to `owner`. */
export interface Change {
  /** The mutation, and what is special about this call of it. */
  readonly name: string;
  readonly class?: Class;
  readonly subgraph: Subgraph;
  variables(owner: Belongings, world: World): Promise<Record<string, unknown>> | Record<string, unknown>;
}

/** Each mutation on what belongs to somebody, the last first to leave something for the others. */
export const changes: readonly Change[] = [
  {
    name: 'createUser',
    subgraph: 'users',
    variables: () => ({ input: { name: 'New', email: `new-${crypto.randomUUID()}@example.com` } }),
  },
  { name: 'updateUser', subgraph: 'users', variables: ({ id }) => ({ input: { id, name: 'Changed' } }) },
  { name: 'signIn', subgraph: 'users', variables: ({ email, password }) => ({ input: { email, password } }) },
  { name: 'refreshSession', subgraph: 'users', variables: () => ({ refreshToken: 'unknown' }) },
  { name: 'signOut', subgraph: 'users', variables: () => ({ refreshToken: 'unknown' }) },
  { name: 'createProduct', subgraph: 'products', variables: () => ({ input: aProduct() }) },
  {
    name: 'updateProduct',
    subgraph: 'products',
    variables: async (_owner, { newProduct }) => ({ input: { id: await newProduct(), restock: 1 } }),
  },
  {
    name: 'deleteProduct',
    subgraph: 'products',
    variables: async (_owner, { newProduct }) => ({ id: await newProduct() }),
  },
  {
    name: 'createOrder',
    subgraph: 'orders',
    variables: (_owner, { productId }) => ({ input: { lines: [{ productId }] } }),
  },
  {
    name: 'createOrder, for the owner',
    class: 'owner or admin',
    subgraph: 'orders',
    variables: ({ id }, { productId }) => ({ input: { userId: id, lines: [{ productId }] } }),
  },
  { name: 'cancelOrder', subgraph: 'orders', variables: ({ orderId }) => ({ id: orderId }) },
  { name: 'revokeSession', subgraph: 'users', variables: ({ sessionId }) => ({ id: sessionId }) },
  { name: 'deleteUser', subgraph: 'users', variables: ({ id }) => ({ id }) },
];

/** Where changes are asked for: at the gateway, or at the subgraph past it. */
export const changeEntrances = ['gateway', 'subgraph'] as const;

/** Asks for a change. */
export async function askFor(
  world: World,
  change: Change,
  { who, entrance, owner }: { who: Who; entrance: (typeof changeEntrances)[number]; owner: Belongings },
): Promise<GraphQLAnswer> {
  const variables = await change.variables(owner, world);
  const [name = ''] = change.name.split(',');
  const [argument = ''] = Object.keys(variables);
  const type = argument === 'input' ? `${capital(name)}Input!` : argument === 'id' ? 'ID!' : 'String!';
  const query = `mutation ($${argument}: ${type}) { ${name}(${argument}: $${argument}) { __typename } }`;
  return entrance === 'gateway'
    ? world.askGateway(who, { query, variables }, owner)
    : world.askSubgraph({ name: change.subgraph }, who, { query, variables }, owner);
}

const capital = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;

const aProduct = () => ({ name: `Thing ${crypto.randomUUID()}`, price: { amountMinor: 100, currency: 'EUR' } });
