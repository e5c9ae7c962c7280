import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { rule } from '@storefront/platform/graphql/shield.ts';
import { hasScope, isUser } from '@storefront/platform/identity/caller.ts';
import type { Context } from './context.ts';
import type { MutationDeleteUserArgs, MutationUpdateUserArgs } from './generated-types.ts';
import type { UserShape } from './shapes.ts';

/** The user himself, or who may read all users. It guards the fields of the type, so every way to it, `_entities` too. */
const ownerOrReader = rule({ cache: 'no_cache' })(
  (user: UserShape, _args: unknown, { caller }: Context) =>
    user.isSelf === true || isUser(caller, user.id) || hasScope(caller, 'users:read'),
);

/** Nobody else, and not by a password alone: it takes an access token. */
const owner = rule({ cache: 'no_cache' })((user: UserShape, _args: unknown, { caller }: Context) =>
  isUser(caller, user.id),
);

const isSignedIn = rule({ cache: 'no_cache' })((_parent: unknown, _args: unknown, { caller }: Context) =>
  caller.kind === 'user' ? true : new CodedError('UNAUTHENTICATED', 'Sign in first'),
);

const reader = rule({ cache: 'no_cache' })((_parent: unknown, _args: unknown, { caller }: Context) =>
  hasScope(caller, 'users:read'),
);

const ownerOrWriterOfInput = rule({ cache: 'no_cache' })(
  (_parent: unknown, { input }: MutationUpdateUserArgs, { caller }: Context) =>
    isUser(caller, input.id) || hasScope(caller, 'users:write'),
);

const ownerOrWriterOfId = rule({ cache: 'no_cache' })(
  (_parent: unknown, { id }: MutationDeleteUserArgs, { caller }: Context) =>
    isUser(caller, id) || hasScope(caller, 'users:write'),
);

/** Who may see and do what; what is not named is open. */
export const permissions = {
  Query: { users: reader },
  Mutation: { updateUser: ownerOrWriterOfInput, deleteUser: ownerOrWriterOfId, revokeSession: isSignedIn },
  User: {
    email: ownerOrReader,
    role: ownerOrReader,
    loyaltyPoints: ownerOrReader,
    notifications: ownerOrReader,
    sessions: owner,
  },
};
