import { CodedError } from '@storefront/platform/errors/coded-error.ts';

const streamIdPattern = /^(\d{1,15})-(\d{1,10})$/;

/** Reads a client's cursor: the id of the stream entry that it saw last. @throws CodedError BAD_USER_INPUT */
export function readCursor(cursor: string): string {
  if (streamIdPattern.test(cursor)) return cursor;
  throw new CodedError('BAD_USER_INPUT', '`after` is not a cursor of an event.');
}

/** Below zero when the first entry stands before the second. Source: redis.io/docs/data-types/streams, entry ids */
export function compareIds(one: string, other: string): number {
  const [oneMs = 0, oneSequence = 0] = one.split('-').map(Number);
  const [otherMs = 0, otherSequence = 0] = other.split('-').map(Number);
  return oneMs - otherMs || oneSequence - otherSequence;
}

/** The events after a cursor are not all there any more: the client must fetch the state anew and subscribe without `after`. */
export class CursorExpired extends CodedError {
  constructor() {
    super(
      'CURSOR_EXPIRED',
      'Events after this cursor are gone. Fetch the current state, then subscribe without `after`.',
      {
        httpStatus: 410,
      },
    );
  }
}
