import type { CodegenConfig } from '@graphql-codegen/cli';

const scalars = {
  DateTime: { input: 'Date', output: 'Date' },
  SafeInt: 'number',
  ID: { input: 'string', output: 'string' },
};

/** Resolver types from each subgraph's SDL; the shapes that resolvers hand on are named in its `graphql/shapes.ts`. */
const resolverTypes = (name: string, mappers: Record<string, string>) => ({
  [`subgraphs/${name}/src/graphql/generated-types.ts`]: {
    schema: `schema/${name}.graphql`,
    plugins: [
      { add: { content: '// Generated from the SDL by `npm run generate`. Do not edit.' } },
      'typescript',
      'typescript-resolvers',
    ],
    config: {
      federation: true,
      useTypeImports: true,
      enumType: 'string-literal',
      enumsAsTypes: true,
      skipTypename: false,
      contextType: './context.ts#Context',
      mappers,
      scalars,
      defaultScalarType: 'unknown',
    },
  },
});

export default {
  generates: {
    ...resolverTypes('users', {
      User: './shapes.ts#UserShape',
      Notification: './shapes.ts#NotificationShape',
      ActiveSession: './shapes.ts#ActiveSessionShape',
    }),
    ...resolverTypes('products', { Product: './shapes.ts#ProductShape', Stock: './shapes.ts#StockShape' }),
    ...resolverTypes('orders', {
      Order: './shapes.ts#OrderShape',
      OrderLine: './shapes.ts#OrderLineShape',
      OrderEvent: './shapes.ts#OrderEventShape',
      User: './shapes.ts#UserReference',
      Product: './shapes.ts#ProductReference',
    }),
  },
} satisfies CodegenConfig;
