import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { type Permissions, rule } from '@storefront/platform/graphql/shield.ts';
import type { Context } from './context.ts';

const isSignedIn = rule({ cache: 'contextual' })((_parent: unknown, _args: unknown, { caller }: Context) =>
  caller.kind === 'user' ? true : new CodedError('UNAUTHENTICATED', 'Sign in first'),
);

/**
 * Who may see and do what; what is not named is open. The rule on the type holds for every way to it, `_entities` too. The
 * gateway enforces `@authenticated` before it plans; this is the same law where the data is.
 */
export const permissions: Permissions = {
  Mutation: { addReview: isSignedIn },
  Review: { author: isSignedIn },
};
