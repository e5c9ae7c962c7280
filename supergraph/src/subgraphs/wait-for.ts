import { onAbort, reasonOf } from './on-abort.ts';

/** Waits for a result that belongs to others. Rejects with the signal's reason when the own caller has gone before. */
export function waitFor<Result>(result: Promise<Result>, signal: AbortSignal): Promise<Result> {
  if (signal.aborted) return Promise.reject(reasonOf(signal));
  return new Promise((resolve, reject) => {
    const stay = onAbort(signal, reject);
    result.then(resolve, reject).finally(stay);
  });
}
