import { batchById } from '@storefront/platform/graphql/batch.ts';
import type { Review } from '../domain/review.ts';
import type { Reviews } from '../use-cases/ports.ts';

type NewestReviews = ReturnType<typeof batchById<string, Review[]>>;

/** Loaders for one request: what a tick asks for is read in one statement per loader, whatever its number. */
export function createLoaders(reviews: Pick<Reviews, 'byIds' | 'newestOfEach'>) {
  const byLimit = new Map<number, NewestReviews>();
  return {
    reviewById: batchById((ids: readonly string[]) => reviews.byIds(ids)),
    /** The newest reviews of products, at most `limit` of each. */
    newest(limit: number): NewestReviews {
      const known = byLimit.get(limit);
      if (known) return known;
      const loader = batchById((productIds: readonly string[]) => reviews.newestOfEach(productIds, limit));
      byLimit.set(limit, loader);
      return loader;
    },
  };
}

/** The loaders of one request. */
export type Loaders = ReturnType<typeof createLoaders>;
