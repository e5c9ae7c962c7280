import { operationFromDocument, type Schema } from '@apollo/federation-internals';
import type { QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { DocumentNode } from 'graphql';

/** An operation as the planner gets it. `overrides` says of labels of @override whether they are set. */
export interface OperationForPlanner {
  readonly document: DocumentNode;
  readonly operationName?: string | undefined;
  readonly overrides: readonly (readonly [label: string, isSet: boolean])[];
}

/** Plans an operation. @throws CodedError GRAPHQL_VALIDATION_FAILED when the document, valid for another graph, does not fit this one */
export function buildPlan(
  { queryPlanner, apiSchema }: { readonly queryPlanner: QueryPlanner; readonly apiSchema: Schema },
  { document, operationName, overrides }: OperationForPlanner,
): QueryPlan {
  const operation = readOperation(apiSchema, document, operationName ? { operationName } : {});
  return queryPlanner.buildQueryPlan(operation, { overrideConditions: new Map(overrides) });
}

function readOperation(...[schema, document, name]: Parameters<typeof operationFromDocument>) {
  try {
    return operationFromDocument(schema, document, name);
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : 'The document does not fit the graph';
    throw new CodedError('GRAPHQL_VALIDATION_FAILED', text, { cause });
  }
}
