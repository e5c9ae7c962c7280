import type { GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { compilePlainVariables, type Variables } from '@storefront/platform/graphql/plain-variables.ts';
import { coerceVariables } from './operation.ts';

/** Coerces the variables of one operation. @throws CodedError BAD_USER_INPUT */
export type Coerce = (given: Variables) => Variables;

/** Compiles what `coerceVariables` does for an operation: what is good as it is is taken over, of all else graphql-js says what is wrong. */
export function compileCoercion(schema: GraphQLSchema, operation: OperationDefinitionNode): Coerce {
  const takeOver = compilePlainVariables(schema, operation);
  return (given) => takeOver(given) ?? coerceVariables(schema, operation, given);
}
