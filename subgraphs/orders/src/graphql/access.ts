import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { type Caller, hasScope, isUser } from '@storefront/platform/identity/caller.ts';

/** Whether a caller may read the orders of a buyer; null is a buyer whose account is gone. */
export function maySeeOrdersOf(caller: Caller, buyerId: string | null): boolean {
  return hasScope(caller, 'orders:read') || (buyerId !== null && isUser(caller, buyerId));
}

/** Whether a caller may place and cancel orders for a buyer. */
export function mayOrderFor(caller: Caller, buyerId: string | null): boolean {
  return hasScope(caller, 'orders:write') || (buyerId !== null && isUser(caller, buyerId));
}

/** The id of the caller. @throws CodedError UNAUTHENTICATED for a caller who is not signed in */
export function userIdOf(caller: Caller): string {
  if (caller.kind === 'user') return caller.userId;
  throw new CodedError('UNAUTHENTICATED', 'Sign in first');
}
