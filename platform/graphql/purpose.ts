import { OperationTypeNode } from 'graphql';
import type { Purpose } from '../identity/internal-tokens.ts';
import type { PreparedOperation } from './documents.ts';

/**
 * Whether a token of this purpose may run the operation. `compose`: a query of `_service` and nothing else. `query`:
 * queries and mutations, never `_service`. `event`: subscriptions.
 */
export function isAllowedFor(purpose: Purpose, { type, rootFields }: PreparedOperation): boolean {
  switch (purpose) {
    case 'compose':
      return type === OperationTypeNode.QUERY && rootFields.size === 1 && rootFields.has('_service');
    case 'query':
      return type !== OperationTypeNode.SUBSCRIPTION && !rootFields.has('_service');
    case 'event':
      return type === OperationTypeNode.SUBSCRIPTION;
    default:
      return purpose satisfies never;
  }
}
