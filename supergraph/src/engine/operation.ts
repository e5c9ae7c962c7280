import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import {
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  type OperationDefinitionNode,
} from 'graphql';

/** The operation of a document that is meant. @throws CodedError OPERATION_RESOLUTION_FAILURE when there is not exactly one */
export function selectOperation(document: DocumentNode, operationName?: string): OperationDefinitionNode {
  const operation = getOperationAST(document, operationName);
  if (operation) return operation;
  const text = operationName
    ? 'There is no operation of that name'
    : 'Name the operation: the document has none or several';
  throw new CodedError('OPERATION_RESOLUTION_FAILURE', text);
}

const none: Readonly<Record<string, unknown>> = Object.freeze({});

/** Variables with their defaults, of the declared types. @throws CodedError BAD_USER_INPUT. Source: GraphQL October 2021, 6.1.2 */
export function coerceVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const { variableDefinitions = [] } = operation;
  if (variableDefinitions.length === 0) return none;
  const { coerced, errors } = getVariableValues(schema, variableDefinitions, variables, { maxErrors: 10 });
  if (coerced) return coerced;
  throw new CodedError('BAD_USER_INPUT', (errors ?? []).map(({ message }) => message).join(' '));
}
