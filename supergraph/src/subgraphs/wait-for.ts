/** Waits for a result that belongs to others. Rejects with the signal's reason when the own caller has gone before. */
export function waitFor<Result>(result: Promise<Result>, signal: AbortSignal): Promise<Result> {
  if (signal.aborted) return Promise.reject(reasonOf(signal));
  return new Promise((resolve, reject) => {
    const leave = () => reject(reasonOf(signal));
    const stay = () => signal.removeEventListener('abort', leave);
    signal.addEventListener('abort', leave, { once: true });
    result.then(resolve, reject).finally(stay);
  });
}

/** Why a signal was aborted, as an Error. */
export function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
