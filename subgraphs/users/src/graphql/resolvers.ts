import { encodeCursor, readPage, toConnection } from '@storefront/platform/graphql/connection.ts';
import { dateTimeScalar } from '@storefront/platform/graphql/scalars.ts';
import { createUser } from '../use-cases/create-user.ts';
import { deleteUser } from '../use-cases/delete-user.ts';
import { refreshSession } from '../use-cases/refresh-session.ts';
import { revokeSession } from '../use-cases/revoke-session.ts';
import { signIn } from '../use-cases/sign-in.ts';
import { signOut } from '../use-cases/sign-out.ts';
import { updateUser } from '../use-cases/update-user.ts';
import {
  answerCreateUser,
  answerDeleteUser,
  answerRefreshSession,
  answerRevokeSession,
  answerSignIn,
  answerUpdateUser,
} from './answers.ts';
import { rowIdOf } from './cursors.ts';
import type {
  ActiveSessionResolvers,
  MutationResolvers,
  QueryResolvers,
  Resolvers,
  UserResolvers,
} from './generated-types.ts';

const Query: QueryResolvers = {
  me: (_parent, _args, { caller, loaders }) => (caller.kind === 'user' ? loaders.userById(caller.userId) : null),
  user: (_parent, { id }, { loaders }) => loaders.userById(id),
  users: async (_parent, args, { deps }) => {
    const page = readPage(args);
    const users = await deps.users.page({ limit: page.limit + 1, afterId: rowIdOf(page.after) });
    return toConnection(users, page, ({ id }) => encodeCursor([id]));
  },
};

const Mutation: MutationResolvers = {
  createUser: async (_parent, { input }, { deps }) => answerCreateUser(await createUser(deps, input)),
  updateUser: async (_parent, { input }, { deps }) => answerUpdateUser(await updateUser(deps, input)),
  deleteUser: async (_parent, { id }, { deps }) => answerDeleteUser(await deleteUser(deps, id), id),
  signIn: async (_parent, { input }, { deps, clientAddress }) =>
    answerSignIn(await signIn(deps, { ...input, address: clientAddress })),
  refreshSession: async (_parent, { refreshToken }, { deps }) =>
    answerRefreshSession(await refreshSession(deps, refreshToken)),
  signOut: async (_parent, { refreshToken }, { deps }) => ({ signedOut: await signOut(deps, refreshToken) }),
  revokeSession: async (_parent, { id }, { deps, caller }) => {
    const isRevoked = caller.kind === 'user' && (await revokeSession(deps, { userId: caller.userId, sessionId: id }));
    return answerRevokeSession(isRevoked, id);
  },
};

const User: UserResolvers = {
  __resolveReference: ({ id }, { loaders }) => loaders.userById(id),
  notifications: async (user, args, { loaders }) => {
    const page = readPage(args);
    const wanted = { limit: page.limit + 1, beforeId: rowIdOf(page.after) };
    const notifications = await loaders.notificationsOf(user.id, wanted);
    return toConnection(notifications, page, ({ id }) => encodeCursor([id]));
  },
  sessions: async ({ id: userId, sessionEpoch: epoch }, _args, { deps }) => [
    ...(await deps.sessions.openOf({ userId, epoch })),
  ],
};

const ActiveSession: ActiveSessionResolvers = {
  createdAt: ({ openedAt }) => openedAt,
  lastUsedAt: ({ usedAt }) => usedAt,
  expiresAt: ({ endsAt }) => endsAt,
  current: ({ id }, _args, { caller }) => caller.kind === 'user' && caller.sessionId === id,
};

/** The resolvers of the users subgraph: each parses, calls one use case, loader or store, and returns. */
export const resolvers: Resolvers = { DateTime: dateTimeScalar, Query, Mutation, User, ActiveSession };
