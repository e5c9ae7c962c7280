import type { ReviewRefused } from '../domain/review.ts';
import { type Review, draftReview } from '../domain/review.ts';
import type { Clock, Reviews } from './ports.ts';

/** What adding a review needs. */
export interface AddReviewDeps {
  readonly reviews: Pick<Reviews, 'add'>;
  readonly clock: Clock;
}

/** Keeps what an author wrote about a product, or says why not. Whether there is such a product, products knows. */
export async function addReview(
  { reviews, clock }: AddReviewDeps,
  written: { readonly productId: string; readonly authorId: string; readonly text: string },
): Promise<{ readonly review: Review } | ReviewRefused> {
  const draft = draftReview({ ...written, createdAt: clock.now() });
  if ('message' in draft) return draft;
  return { review: await reviews.add(draft) };
}
