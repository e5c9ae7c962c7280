type Leave = (reason: Error) => void;

const leavers = new WeakMap<AbortSignal, Set<Leave>>();

/**
 * Calls `leave` when a signal is aborted that is not yet. Returns what takes that back. A request's signal has many who listen one
 * after the other, and a listener of an AbortSignal costs more than all that is done with it: one stands for all of them.
 */
export function onAbort(signal: AbortSignal, leave: Leave): () => void {
  const known = leavers.get(signal) ?? listen(signal);
  known.add(leave);
  return () => void known.delete(leave);
}

function listen(signal: AbortSignal): Set<Leave> {
  const all = new Set<Leave>();
  leavers.set(signal, all);
  signal.addEventListener('abort', () => all.forEach((leave) => leave(reasonOf(signal))), { once: true });
  return all;
}

/** Why a signal was aborted, as an Error. */
export function reasonOf({ reason }: AbortSignal): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
