import { onAbort, reasonOf, type Signal } from './signal.ts';

/** Waits for a result that belongs to others. Rejects with the signal's reason when the own caller has gone before. */
export function waitFor<Result>(result: Promise<Result>, signal: Signal): Promise<Result> {
  if (signal.aborted) return Promise.reject(reasonOf(signal));
  return new Promise((resolve, reject) => {
    const stay = onAbort(signal, reject);
    result.then(resolve, reject).finally(stay);
  });
}
