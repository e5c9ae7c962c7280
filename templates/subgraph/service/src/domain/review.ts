/** What a user wrote about a product. `authorId` is null when the account is gone. */
export interface Review {
  readonly id: string;
  readonly productId: string;
  readonly authorId: string | null;
  readonly text: string;
  readonly createdAt: Date;
}

/** A review that has no id yet. */
export type ReviewDraft = Omit<Review, 'id'>;

/** Why a review is not taken; `path` names the argument at fault. */
export interface ReviewRefused {
  readonly message: string;
  readonly path: string[];
}

const maxTextLength = 2_000;

/** Makes a draft of what somebody wrote, or says why it is not taken. */
export function draftReview(
  written: Omit<ReviewDraft, 'text'> & { readonly text: string },
): ReviewDraft | ReviewRefused {
  const text = written.text.trim();
  if (text === '') return { message: 'The text is empty.', path: ['input', 'text'] };
  if (text.length > maxTextLength)
    return { message: `The text has more than ${maxTextLength} characters.`, path: ['input', 'text'] };
  return { ...written, text };
}
