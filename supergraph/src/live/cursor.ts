import { CodedError } from '@storefront/platform/errors/coded-error.ts';

const cursorPattern = /^(\d{1,15}-\d{1,10})(?:~([\w-]{1,40}))?$/;

/** Where a client goes on. */
export interface Cursor {
  /** The entry that it saw last; or, with an epoch, the moment at which it began. */
  readonly id: string;
  /** The life of the streams in which the moment was; null for an entry, which proves that by itself. */
  readonly epoch: string | null;
}

/** Reads a client's cursor: that of an event, or one that it got before any event. @throws CodedError BAD_USER_INPUT */
export function readCursor(text: string): Cursor {
  const [, id, epoch = null] = cursorPattern.exec(text) ?? [];
  if (id !== undefined) return { id, epoch };
  throw new CodedError('BAD_USER_INPUT', '`after` is not a cursor of an event.');
}

/** The cursor of a moment, for a client that has seen no event yet. */
export function writeCursor({ id, epoch }: Cursor): string {
  return epoch === null ? id : `${id}~${epoch}`;
}

/** Below zero when the first entry stands before the second. Source: redis.io/docs/data-types/streams, entry ids */
export function compareIds(one: string, other: string): number {
  if (one === other) return 0;
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
