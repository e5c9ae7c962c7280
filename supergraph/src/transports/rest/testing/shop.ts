import { readFileSync } from 'node:fs';
import { composeServices } from '@apollo/composition';
import { GraphQLError, parse } from 'graphql';
import type { GraphQLSchema } from 'graphql';
import type { OperationRequest } from '../../../engine/engine.ts';

/** The schema that clients see, composed from the three SDLs. */
export function shopSchema(): GraphQLSchema {
  const services = ['users', 'products', 'orders'].map((name) => {
    const sdl = readFileSync(new URL(`../../../../../schema/${name}.graphql`, import.meta.url), 'utf8');
    return { name, typeDefs: parse(sdl), url: `http://${name}` };
  });
  const { schema, errors } = composeServices(services);
  if (!schema) throw new AggregateError(errors ?? [], 'the SDLs do not compose');
  return schema.toAPISchema().toGraphQLJSSchema();
}

type Arguments = Record<string, never> & {
  input: Record<string, unknown>;
  id: string;
  first: number;
  after?: string;
  refreshToken: string;
};
type Root = Record<string, (args: Arguments, request: OperationRequest) => unknown>;

const at = '2026-01-31T09:30:00.000Z';
const money = (amountMinor: number) => ({ amountMinor, currency: 'EUR', formatted: `${amountMinor}` });
const denied = (code: string) => new GraphQLError('Not allowed', { extensions: { code } });
const userError = (__typename: string, more: object = {}) => ({
  __typename,
  message: `That is ${__typename}.`,
  path: ['input', 'name'],
  ...more,
});
const connection = (nodes: readonly unknown[], endCursor: string | null) => ({
  nodes,
  edges: [],
  pageInfo: { hasNextPage: endCursor !== null, hasPreviousPage: false, endCursor },
});

export const mug = {
  id: '1',
  sku: 'MUG',
  name: 'Mug',
  description: null,
  price: money(1_250),
  weightGrams: 300,
  stock: { available: 5, inStock: true },
  version: 3,
  createdAt: at,
  updatedAt: at,
};
const user = { id: '1', name: 'Ada', createdAt: at, email: () => Promise.reject(denied('FORBIDDEN')), role: null };
const order = {
  id: '7',
  status: 'PENDING',
  rejectionReason: null,
  buyer: { id: '1' },
  lines: [
    {
      product: { id: '1', name: () => Promise.reject(denied('SUBGRAPH_UNAVAILABLE')) },
      quantity: 2,
      unitPrice: money(1_250),
      lineTotal: money(2_500),
    },
  ],
  total: money(2_500),
  placedAt: at,
};

/** A shop of one user, one mug and one order; what it answers can be replaced field by field. */
export function shopRoot(replaced: Partial<Root> = {}): Root {
  return {
    user: ({ id }) => (id === '1' ? { ...user, orders: () => connection([order], null) } : null),
    product: ({ id }) => (id === '1' ? mug : null),
    products: ({ first }) => connection([mug], first === 1 ? 'next one' : null),
    updateProduct: ({ input }) =>
      input['expectedVersion'] === 3
        ? { __typename: 'UpdateProductSuccess', product: { ...mug, version: 4 } }
        : userError('VersionConflict', { currentVersion: 3 }),
    createProduct: ({ input }) => ({ __typename: 'CreateProductSuccess', product: { ...mug, price: input['price'] } }),
    createOrder: (_args, { caller }) => {
      if (caller.kind === 'anonymous') throw denied('UNAUTHORIZED_FIELD_OR_TYPE');
      return { __typename: 'CreateOrderSuccess', order };
    },
    signIn: () => ({
      __typename: 'SignInSuccess',
      session: { accessToken: 'a', refreshToken: 'r', expiresInSeconds: 600, user },
    }),
    ...replaced,
  } as Root;
}

/** A root field that answers with a union member that is no success. */
export const answering =
  (typeName: string, more: object = {}) =>
  () =>
    userError(typeName, more);
/** A root field that fails with a code. */
export const failing = (code: string) => () => {
  throw denied(code);
};
