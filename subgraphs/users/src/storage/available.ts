import { CodedError } from '@storefront/platform/errors/coded-error.ts';

/** Runs work on the session server. @throws CodedError SERVICE_UNAVAILABLE, with the cause, when it cannot be done */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new CodedError('SERVICE_UNAVAILABLE', 'Sessions are not available right now. Try again in a moment.', {
      cause,
    });
  }
}
