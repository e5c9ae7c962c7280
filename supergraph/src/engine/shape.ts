import { type DocumentNode, executeSync, type GraphQLSchema } from 'graphql';

/**
 * Puts the removed fields of an operation back into its data as nulls, and lets them propagate through non-null types.
 * `document` is the operation as the client sent it, `data` what came of the part that was executed (`{}` when nothing was),
 * with `__typename` wherever the type is abstract. A field that is missing in `data` counts as removed.
 * Source: GraphQL October 2021, 6.4.4 Handling Field Errors
 */
export function putBackNulls(
  schema: GraphQLSchema,
  request: {
    readonly document: DocumentNode;
    readonly operationName?: string | undefined;
    readonly variables: Readonly<Record<string, unknown>>;
  },
  data: Readonly<Record<string, unknown>>,
): Record<string, unknown> | null {
  const { document, operationName, variables } = request;
  const shaped = executeSync({
    schema,
    document,
    operationName: operationName ?? null,
    variableValues: variables,
    rootValue: data,
    fieldResolver: (source: unknown, _args, _context, info) => own(source, String(info.path.key)),
    typeResolver: (source: unknown) => own(source, '__typename') as string | undefined,
  });
  return shaped.data ?? null;
}

function own(source: unknown, key: string): unknown {
  if (typeof source !== 'object' || source === null) return undefined;
  return Object.hasOwn(source, key) ? (source as Record<string, unknown>)[key] : undefined;
}
