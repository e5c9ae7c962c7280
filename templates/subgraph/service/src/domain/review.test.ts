import { describe, expect, it } from '@jest/globals';
import { draftReview } from './review.ts';

const written = { productId: '1', authorId: '7', createdAt: new Date('2026-01-31T09:30:00.000Z') };

describe('a draft of a review', () => {
  it('has no space around its text', () => {
    expect(draftReview({ ...written, text: '  Fine.\n' })).toEqual({ ...written, text: 'Fine.' });
  });

  it.each([
    ['empty', '   '],
    ['too long', 'x'.repeat(2_001)],
  ])('is refused when its text is %s', (_what, text) => {
    expect(draftReview({ ...written, text })).toEqual({ message: expect.any(String), path: ['input', 'text'] });
  });
});
