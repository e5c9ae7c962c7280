import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { readPage } from '@storefront/platform/graphql/connection.ts';
import { dateTimeScalar } from '@storefront/platform/graphql/scalars.ts';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import { addReview } from '../use-cases/add-review.ts';
import type { Resolvers } from './generated-types.ts';

/** The resolvers of schema/reviews.graphql. */
export const resolvers: Resolvers = {
  DateTime: dateTimeScalar,
  Query: { review: (_root, { id }, { loaders }) => loaders.reviewById.load(id) },
  Mutation: {
    addReview: async (_root, { input }, context) => {
      const outcome = await addReview(context, { ...input, authorId: userIdOf(context.caller) });
      return 'message' in outcome
        ? { __typename: 'InvalidInput', ...outcome }
        : { __typename: 'AddReviewSuccess', ...outcome };
    },
  },
  Review: {
    __resolveReference: ({ id }, { loaders }) => loaders.reviewById.load(id),
    product: ({ productId }) => ({ id: productId }),
    author: ({ authorId }) => (authorId === null ? null : { id: authorId }),
  },
  Product: {
    __resolveReference: ({ id }) => ({ id }),
    reviews: async ({ id }, { first }, { loaders }) => (await loaders.newest(readPage({ first }).limit).load(id)) ?? [],
  },
};

function userIdOf(caller: Caller): string {
  if (caller.kind === 'user') return caller.userId;
  throw new CodedError('UNAUTHENTICATED', 'Sign in first');
}
