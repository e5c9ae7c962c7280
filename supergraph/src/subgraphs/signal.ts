/** Says when nobody waits any more. Every AbortSignal does. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/**
 * A signal and what aborts it in one. Each request has several, and an AbortController with a listener costs twenty times as much as this,
 * since its signal is a whole EventTarget.
 */
export class LeanSignal implements Signal {
  #aborted = false;
  #reason: unknown = undefined;
  #listeners: Set<() => void> | null = null;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  /** The first reason counts; who listens is told at once. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const listeners = this.#listeners ?? [];
    this.#listeners = null;
    for (const listener of listeners) listener();
  }

  /** One that is aborted already calls nobody. */
  addEventListener(_type: 'abort', listener: () => void): void {
    if (!this.#aborted) (this.#listeners ??= new Set()).add(listener);
  }

  removeEventListener(_type: 'abort', listener: () => void): void {
    this.#listeners?.delete(listener);
  }
}

/** Calls `leave` when a signal is aborted that is not yet. Returns what takes that back. */
export function onAbort(signal: Signal, leave: (reason: Error) => void): () => void {
  const listener = () => leave(reasonOf(signal));
  signal.addEventListener('abort', listener);
  return () => signal.removeEventListener('abort', listener);
}

/** Why a signal was aborted, as an Error. */
export function reasonOf({ reason }: Pick<Signal, 'reason'>): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
