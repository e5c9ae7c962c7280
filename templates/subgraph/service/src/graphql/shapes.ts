import type { Review } from '../domain/review.ts';

/** What a resolver hands on for Review: the review itself. */
export type ReviewShape = Review;

/** A product, which products knows more of. */
export interface ProductReference {
  readonly id: string;
}

/** A user, whom users knows more of. */
export interface UserReference {
  readonly id: string;
}
