import type { Review, ReviewDraft } from '../domain/review.ts';

/** Where reviews are kept. */
export interface Reviews {
  add(draft: ReviewDraft): Promise<Review>;
  /** Those that exist, by id, in one statement. */
  byIds(ids: readonly string[]): Promise<Map<string, Review>>;
  /** The newest of each product, at most `limit` each, newest first, in one statement. */
  newestOfEach(productIds: readonly string[], limit: number): Promise<Map<string, Review[]>>;
  /** Takes the author from their reviews, once for each event. */
  forgetAuthor(authorId: string, eventId: string): Promise<'applied' | 'duplicate'>;
}

/** What time it is. */
export interface Clock {
  now(): Date;
}
